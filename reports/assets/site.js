/* What the pages do beyond being read: dark or light, the menu, the table of contents, search, filters. Every page is
   complete without this script. Text goes into the page as text, never as markup. */
(function () {
  "use strict";

  const root = document.documentElement;
  root.classList.add("js");

  // Dark or light ----------------------------------------------------------------------------------------------------

  const THEME = "theme";

  function remembered(what) {
    try {
      return localStorage.getItem(what);
    } catch (error) {
      return null; // pages from disk may have no storage
    }
  }

  function remember(what, choice) {
    try {
      localStorage.setItem(what, choice);
    } catch (error) {
      // the choice holds for this page then
    }
  }

  const before = remembered(THEME); // set before anything is drawn
  if (before === "dark" || before === "light") root.dataset.theme = before;

  function isDark() {
    if (root.dataset.theme) return root.dataset.theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function themeSwitch() {
    const button = document.querySelector("button.theme");
    button.hidden = false;
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    show();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(THEME, root.dataset.theme);
      show();
    });
  }

  // Header -----------------------------------------------------------------------------------------------------------

  function languageLinks() {
    const links = document.querySelectorAll(".languages a");
    const keepPlace = () => links.forEach((link) => (link.hash = location.hash));
    addEventListener("hashchange", keepPlace);
    document.addEventListener("addresschange", keepPlace); // the explorer keeps its state in the address
    keepPlace();
  }

  function menu() {
    const button = document.querySelector(".menu-open");
    const pages = document.querySelector(".pages");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = pages.classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    });
    const reports = document.querySelector(".drop");
    document.addEventListener("click", (event) => {
      if (!reports.contains(event.target)) reports.open = false;
    });
    reports.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !reports.open) return;
      reports.open = false;
      reports.querySelector("summary").focus();
    });
  }

  // Table of contents ------------------------------------------------------------------------------------------------

  function contents() {
    const box = document.querySelector(".contents details");
    if (!box) return;
    const wide = matchMedia("(min-width: 68rem)");
    const fit = () => (box.open = wide.matches);
    wide.addEventListener("change", fit);
    fit();
    const links = Array.from(box.querySelectorAll("a"));
    const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    const mark = () => {
      let current = -1;
      headings.forEach((heading, i) => {
        const seen = heading && heading.getClientRects().length > 0; // not in a part that a filter hides
        if (seen && heading.getBoundingClientRect().top < 120) current = i;
      });
      links.forEach((link, i) => {
        if (i === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        mark();
      });
    }, { passive: true });
    mark();
  }

  /* A box that scrolls sideways can be reached and scrolled with the keyboard. */
  function scrollBoxes() {
    const boxes = document.querySelectorAll(".exhibit, .scroll, .frame, pre, .math.block");
    const fit = () => boxes.forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
    addEventListener("resize", fit);
    document.addEventListener("toggle", fit, true);
    fit();
  }

  // Search -----------------------------------------------------------------------------------------------------------

  const LIKE = { "ё": "е", "ң": "н", "ө": "о", "ү": "у" };

  /* Small letters; letters that many keyboards lack count as their neighbours. The length stays. */
  function folded(text) {
    return Array.from(text, (letter) => {
      const small = letter.toLowerCase();
      const same = small.length === letter.length ? small : letter;
      return LIKE[same] || same;
    }).join("");
  }

  const words = (text) => text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const literal = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const beginning = (word) => new RegExp("(^|[^\\p{L}\\p{N}])(" + literal(word) + ")", "gu");

  function matches(index, query) {
    const asked = words(folded(query)).map(beginning);
    if (!asked.length) return [];
    const found = [];
    index.sections.forEach(([page, address, heading, text], order) => {
      const title = index.pages[page][1];
      if (!index.folded[order]) index.folded[order] = [title, heading, text].map(folded);
      const parts = index.folded[order];
      let score = 0;
      for (const word of asked) {
        const inTitle = parts[0].search(word) >= 0;
        const inHeading = parts[1].search(word) >= 0;
        const inText = parts[2].search(word) >= 0;
        if (!inTitle && !inHeading && !inText) return;
        score += (inHeading ? 8 : 0) + (inTitle ? (heading ? 1 : 6) : 0) + (inText ? 2 : 0);
      }
      found.push({ score, order, file: index.pages[page][0], address, title, heading, text, folded: parts[2], asked });
    });
    return found.sort((a, b) => b.score - a.score || a.order - b.order);
  }

  const ROOM = 190; // characters of an excerpt

  /* Places of the words in a text, from and to, in order and without overlaps. */
  function places(text, asked) {
    const place = (match) => [match.index + match[1].length, match.index + match[0].length];
    const all = asked.flatMap((word) => Array.from(text.matchAll(word), place));
    all.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    return all.filter((one, i) => i === 0 || one[0] >= all[i - 1][1]);
  }

  function excerpt(hit) {
    const line = document.createElement("p");
    const all = places(hit.folded, hit.asked);
    let start = all.length ? Math.max(0, all[0][0] - 50) : 0;
    if (start) start = hit.text.indexOf(" ", start) + 1 || start;
    const end = Math.min(hit.text.length, start + ROOM);
    if (start) line.append("… ");
    let at = start;
    for (const [from, to] of all) {
      if (from < at || to > end) continue;
      const mark = document.createElement("mark");
      mark.textContent = hit.text.slice(from, to);
      line.append(hit.text.slice(at, from), mark);
      at = to;
    }
    line.append(hit.text.slice(at, end));
    if (end < hit.text.length) line.append(" …");
    return line;
  }

  function result(hit) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = document.body.dataset.root + hit.file + (hit.address ? "#" + hit.address : "");
    const heading = document.createElement("strong");
    heading.textContent = hit.heading || hit.title;
    link.append(heading);
    if (hit.heading) {
      const page = document.createElement("span");
      page.className = "page";
      page.textContent = " · " + hit.title;
      link.append(page);
    }
    link.append(excerpt(hit));
    item.append(link);
    return item;
  }

  const SHOWN = 30;

  function search() {
    const dialog = document.querySelector("dialog.search");
    const button = document.querySelector(".search-open");
    if (!dialog || !dialog.showModal) return;
    const input = dialog.querySelector("input");
    const list = dialog.querySelector(".results");
    const status = dialog.querySelector(".found");

    function fill(message, values) {
      return message.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
    }

    function show() {
      const index = window.searchIndex;
      if (!index) return;
      if (!index.folded) index.folded = [];
      const found = matches(index, input.value);
      list.replaceChildren(...found.slice(0, SHOWN).map(result));
      const counted = { number: found.length, shown: SHOWN };
      if (!input.value.trim()) status.textContent = "";
      else if (!found.length) status.textContent = dialog.dataset.none;
      else status.textContent = fill(found.length > SHOWN ? dialog.dataset.more : dialog.dataset.some, counted);
    }

    function load() {
      if (window.searchIndex || document.querySelector("script.index")) return;
      const script = document.createElement("script");
      script.className = "index";
      script.src = document.body.dataset.search;
      script.addEventListener("load", show);
      document.head.append(script);
    }

    function open() {
      load();
      if (!dialog.open) dialog.showModal();
      input.focus();
      input.select();
    }

    button.hidden = false;
    button.addEventListener("click", open);
    input.addEventListener("input", show);
    dialog.addEventListener("click", (event) => {
      const link = event.target.closest(".results a");
      if (event.target !== dialog && !link) return; // beside the box, or a result
      dialog.close();
      if (!link || link.hash || link.href !== location.href.split("#")[0]) return;
      event.preventDefault(); // this very page: it is shown from its top, not loaded once more
      history.pushState(null, "", link.href);
      scrollTo(0, 0);
    });
    dialog.addEventListener("keydown", (event) => {
      const links = Array.from(list.querySelectorAll("a"));
      const at = links.indexOf(document.activeElement);
      if (event.key === "ArrowDown" && at + 1 < links.length) links[at + 1].focus();
      else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
      else if (event.key === "ArrowUp" && at === 0) input.focus();
      else if (event.key === "Escape") dialog.close(); // a search field would first empty itself
      else if (event.key === "Enter" && event.target === input) {
        if (links.length) links[0].click();
      } else return;
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, select, textarea, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      open();
    });
  }

  // Reports: code, commands, exhibits in folded parts ----------------------------------------------------------------

  const CODE = "code";

  /* One switch shows or hides the code of a report, in every report from then on. */
  function codeSwitch() {
    const button = document.querySelector(".code-switch");
    if (!button) return;
    const show = button.textContent;
    const parts = document.querySelectorAll("details.code");
    const apply = (shown) => {
      root.classList.toggle("with-code", shown);
      parts.forEach((part) => (part.open = shown));
      button.textContent = shown ? button.dataset.hide : show;
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = !root.classList.contains("with-code");
      remember(CODE, shown ? "shown" : "hidden");
      apply(shown);
    });
    apply(remembered(CODE) === "shown");
  }

  function copyButtons() {
    document.querySelectorAll("button.copy").forEach((button) => {
      const text = button.parentElement.querySelector("code");
      button.hidden = false;
      button.addEventListener("click", () => {
        getSelection().selectAllChildren(text); // what can still be copied by hand where the browser refuses
        const done = () => (button.textContent = button.dataset.done);
        if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(done, () => {});
        else if (document.execCommand("copy")) done();
      });
    });
  }

  /* What a link leads to is seen, also within a folded part. */
  function openTarget() {
    const open = () => {
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      const folded = target && target.closest("details:not([open])");
      if (!folded) return;
      folded.open = true;
      target.scrollIntoView();
    };
    addEventListener("hashchange", open);
    open();
  }

  // Filters of the replication page ------------------------------------------------------------------------------------

  const VERDICT = "#verdict-";

  function filters() {
    const form = document.querySelector("form.filter");
    if (!form) return;
    form.hidden = false;
    const statements = Array.from(document.querySelectorAll(".statement"));
    const sections = Array.from(document.querySelectorAll(".of-section"));
    const { verdict, section, kind, words: typed } = form.elements;
    const chosen = { verdict, section, kind };
    const count = form.querySelector("output");

    function apply() {
      const asked = words(folded(typed.value)).map(beginning);
      let number = 0;
      for (const item of statements) {
        const text = asked.length ? folded(item.textContent) : "";
        const fits =
          Object.entries(chosen).every(([name, field]) => !field.value || item.dataset[name] === field.value) &&
          asked.every((word) => text.search(word) >= 0);
        item.hidden = !fits;
        number += fits;
      }
      for (const box of sections) box.hidden = !box.querySelector(".statement:not([hidden])");
      count.textContent = count.dataset.some.replace("{number}", number).replace("{all}", statements.length);
    }

    /* #verdict-… of a link chooses that verdict and leads to the filter; #claim-… must be seen, whatever is chosen. */
    function follow() {
      const asked = location.hash.startsWith(VERDICT) ? location.hash.slice(VERDICT.length) : "";
      if (asked && Array.from(verdict.options).some((option) => option.value === asked)) {
        form.reset();
        verdict.value = asked;
        apply();
        form.id = location.hash.slice(1); // where the browser itself scrolls to
        form.scrollIntoView();
        return;
      }
      const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
      const statement = target && target.closest(".statement");
      const among = target && target.closest(".of-section");
      if (among) form.reset();
      apply();
      if (statement) statement.querySelectorAll("details").forEach((box) => (box.open = true));
      if (among) (statement || target).scrollIntoView();
    }

    document.querySelectorAll('[id^="verdict-"]').forEach((row) => row.removeAttribute("id"));
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply)); // the fields are empty only after this event
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", follow);
    follow();
  }

  // Print ------------------------------------------------------------------------------------------------------------

  /* What is folded is printed, but for code, and folded again afterwards. */
  function printing() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = Array.from(document.querySelectorAll("main details:not([open]):not(.code):not(.no-print)"));
      opened.forEach((part) => (part.open = true));
    });
    addEventListener("afterprint", () => {
      opened.forEach((part) => (part.open = false));
      opened = [];
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    themeSwitch();
    languageLinks();
    menu();
    contents();
    scrollBoxes();
    codeSwitch();
    copyButtons();
    openTarget();
    search();
    filters();
    printing();
  });
})();
