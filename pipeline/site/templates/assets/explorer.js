/* The explorer. All data stand in the page (#explorer-data); this script computes what is shown from the state of the
   controls, draws it with Vega, and keeps the state in the address, so that a view can be bookmarked and stays when
   the language changes. The arithmetic is that of pipeline/analysis/difference_in_differences.py. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const texts = data.texts;
  const byId = (id) => document.getElementById(id);
  const crops = new Map(data.crops.map((entry) => [entry.crop, entry]));
  const NARROW = 520; // pixels: below it only the chosen line has its name beside it
  const TOLERANCE = 1e-9; // yields are printed in tenths; beyond this a mean holds binary noise
  let state;
  let shown = {}; // rows behind each chart, for its CSV
  let views = {};

  // Words and numbers ---------------------------------------------------------------------------------------------

  function fill(message, values) {
    return message.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  function number(value, decimals, signed) {
    let text = Math.abs(value).toFixed(decimals);
    text = text.replace(".", data.decimalMark);
    const nothing = !/[1-9]/.test(text);
    if (nothing) return text;
    return (value < 0 ? "\u2212" : signed ? "+" : "") + text;
  }

  const crop = () => crops.get(state.crop);
  const label = (name) => crop().areas.find((area) => area.name === name).label;
  const at = (name, year) => {
    const found = crop().values[name][crop().years.indexOf(year)];
    return found === undefined ? null : found;
  };
  const figure = (name, year) => crop().figures[name][crop().years.indexOf(year)];
  const shownDecimals = () => Math.min(crop().decimals, 2);
  const sourceOf = (...figures) =>
    fill(figures.length > 1 ? texts.sourceOfDerived : texts.sourceOf, { ...crop().source, figure: figures.join(", ") });

  // Arithmetic ----------------------------------------------------------------------------------------------------

  function changesOf(name, gap) {
    const found = [];
    for (const year of crop().years) {
      const before = at(name, year - gap);
      const after = at(name, year);
      if (before !== null && after !== null) found.push({ name, before: year - gap, year, value: after - before });
    }
    return found;
  }

  /* Every area of the comparison against the mean of the others, in every pair of years as far apart. */
  function differences(names, gap) {
    const found = [];
    for (const year of crop().years) {
      const rows = names.map((name) => ({ name, before: at(name, year - gap), after: at(name, year) }));
      if (rows.length < 2 || rows.some((row) => row.before === null || row.after === null)) continue;
      const changes = rows.map((row) => row.after - row.before);
      const total = changes.reduce((sum, change) => sum + change, 0);
      rows.forEach((row, i) => {
        const others = (total - changes[i]) / (changes.length - 1);
        found.push({ name: row.name, before: year - gap, year, value: changes[i] - others, others });
      });
    }
    return found;
  }

  /* Positions of dots that stand on each other where values fall into one bin. */
  function stacked(rows, own) {
    const values = rows.map((row) => row.value);
    const step = Math.max(1e-6, (Math.max(...values) - Math.min(...values)) / 48);
    const heights = new Map();
    return rows
      .slice()
      .sort((a, b) => own(b) - own(a))
      .map((row) => {
        const bin = Math.round(row.value / step);
        const height = (heights.get(bin) || 0) + 1;
        heights.set(bin, height);
        return { ...row, stack: height };
      });
  }

  // State ---------------------------------------------------------------------------------------------------------

  function problem() {
    if (state.before >= state.after) return texts.order;
    for (const year of [state.before, state.after]) {
      if (at(state.area, year) === null) {
        return fill(texts.missing, { area: label(state.area), crop: crop().label, year });
      }
    }
    return state.group.length ? null : texts.noGroup;
  }

  function fromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const start = data.study;
    state = { crop: crops.has(given.get("crop")) ? given.get("crop") : start.crop, view: "level" };
    const names = crop().areas.map((area) => area.name);
    const years = crop().years;
    const year = (name, otherwise) => {
      const wanted = Number(given.get(name));
      return years.includes(wanted) ? wanted : years.includes(otherwise) ? otherwise : years[years.length - 2];
    };
    state.area = [given.get("area"), start.area, "Kyrgyzstan", names[0]].find((name) => names.includes(name));
    state.before = year("before", start.before);
    state.after = year("after", start.after);
    if (state.before >= state.after) state.after = years[Math.min(years.length - 1, years.indexOf(state.before) + 1)];
    state.view = given.get("view") === "change" ? "change" : "level";
    const asked = given.has("group") ? given.get("group").split("~") : names;
    state.group = asked.filter((name) => names.includes(name) && name !== state.area);
  }

  function toAddress() {
    const words = new URLSearchParams({ ...state, group: state.group.join("~") });
    history.replaceState(null, "", "#" + words.toString());
    document.dispatchEvent(new CustomEvent("addresschange"));
  }

  // Controls ------------------------------------------------------------------------------------------------------

  function options(select, entries, chosen) {
    select.replaceChildren(
      ...entries.map(([value, text]) => {
        const option = document.createElement("option");
        option.value = value;
        option.textContent = text;
        option.selected = String(value) === String(chosen);
        return option;
      })
    );
  }

  function drawControls() {
    options(byId("crop"), data.crops.map((entry) => [entry.crop, entry.label]), state.crop);
    options(byId("area"), crop().areas.map((area) => [area.name, area.label]), state.area);
    options(byId("before"), crop().years.map((year) => [year, year]), state.before);
    options(byId("after"), crop().years.map((year) => [year, year]), state.after);
    for (const input of document.querySelectorAll("input[name=view]")) input.checked = input.value === state.view;
    byId("groups").replaceChildren(
      ...crop().groups.map((group) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = group.label;
        button.addEventListener("click", () => change({ group: group.areas.filter((name) => name !== state.area) }));
        return button;
      })
    );
    byId("members").replaceChildren(
      ...crop().areas.filter((area) => area.name !== state.area).map((area) => {
        const box = document.createElement("input");
        box.type = "checkbox";
        box.value = area.name;
        box.checked = state.group.includes(area.name);
        box.addEventListener("change", () => {
          const others = state.group.filter((name) => name !== area.name);
          change({ group: box.checked ? [...others, area.name] : others }, area.name);
        });
        const line = document.createElement("label");
        line.append(box, " ", area.label);
        return line;
      })
    );
  }

  function drawMap() {
    const gap = state.after - state.before;
    const changes = crop().areas.map((area) => {
      const [before, after] = [at(area.name, state.before), at(area.name, state.after)];
      return { area, change: before === null || after === null || gap <= 0 ? null : after - before, after };
    });
    const largest = Math.max(...changes.map((entry) => Math.abs(entry.change || 0)), 1e-9);
    byId("tiles").replaceChildren(
      ...changes.map(({ area, change: value, after }) => {
        const tile = document.createElement("button");
        tile.type = "button";
        tile.style.gridRow = String(area.tile[0] + 1);
        tile.style.gridColumn = String(area.tile[1] + 1);
        tile.className = "tile" + (state.group.includes(area.name) ? " compared" : "");
        tile.setAttribute("aria-pressed", String(area.name === state.area));
        const share = value === null ? 0 : Math.round((100 * Math.abs(value)) / largest);
        tile.style.setProperty("--share", share + "%");
        tile.dataset.sign = value === null ? "none" : value < 0 ? "fall" : "rise";
        const lines = [
          area.label,
          after === null ? "\u2013" : number(after, shownDecimals()),
          value === null ? "\u2013" : number(value, shownDecimals(), true),
        ];
        tile.append(
          ...lines.map((text, i) => {
            const line = document.createElement("span");
            line.className = ["name", "value", "change"][i];
            line.textContent = text;
            return line;
          })
        );
        tile.addEventListener("click", () => choose(area.name));
        return tile;
      })
    );
  }

  function choose(name) {
    const was = state.area;
    const group = state.group.includes(name) ? [...state.group.filter((n) => n !== name), was] : state.group;
    change({ area: name, group }, null, name);
  }

  // Charts --------------------------------------------------------------------------------------------------------

  function seriesRows() {
    const gap = state.view === "change" ? Math.max(1, state.after - state.before) : 0;
    const rows = [];
    for (const area of crop().areas) {
      const role = area.name === state.area ? "chosen" : state.group.includes(area.name) ? "compared" : "other";
      const found = gap
        ? changesOf(area.name, gap)
        : crop().years.map((year) => ({ name: area.name, year, value: at(area.name, year) }));
      for (const row of found.filter((one) => one.value !== null)) {
        const figures = gap ? [figure(area.name, row.year), figure(area.name, row.before)] : [figure(area.name, row.year)];
        const value = number(row.value, shownDecimals(), gap > 0);
        const values = { area: area.label, year: row.year, before: row.before, after: row.year, value, unit: texts.unit };
        rows.push({
          area: area.label, year: row.year, before: row.before, value: row.value, role,
          text: fill(gap ? texts.pair : texts.point, values), source: sourceOf(...figures), figures: figures.join(" "),
          label: "", place: row.value,
        });
      }
    }
    return withLabels(rows);
  }

  /* Names at the right end of the lines, moved apart so that none covers another. */
  function withLabels(rows) {
    const last = [...new Map(rows.map((row) => [row.area, row])).values()].sort((a, b) => a.value - b.value);
    const values = rows.map((row) => row.value);
    const gap = (Math.max(...values) - Math.min(...values)) * 0.058;
    const blocks = []; // pool adjacent violators, as pipeline.figures.spread
    last.forEach((row, rank) => {
      blocks.push([row.value - rank * gap, 1]);
      while (blocks.length > 1 && blocks.at(-2)[0] / blocks.at(-2)[1] > blocks.at(-1)[0] / blocks.at(-1)[1]) {
        const [total, count] = blocks.pop();
        blocks.at(-1)[0] += total;
        blocks.at(-1)[1] += count;
      }
    });
    let rank = 0;
    for (const [total, count] of blocks) {
      for (let i = 0; i < count; i += 1, rank += 1) {
        last[rank].label = last[rank].area;
        last[rank].place = total / count + rank * gap;
      }
    }
    return rows;
  }

  function dots(rows, isChosen, isOwn, message) {
    const own = (row) => (isChosen(row) ? 2 : isOwn(row) ? 1 : 0);
    return stacked(rows, own).map((row) => {
      const value = number(row.value, shownDecimals(), true);
      const figures = [figure(row.name, row.year), figure(row.name, row.before)];
      return {
        area: label(row.name), before: row.before, year: row.year, value: row.value, stack: row.stack,
        role: isChosen(row) ? "chosen" : isOwn(row) ? "own" : "other", order: own(row),
        text: fill(message, { area: label(row.name), before: row.before, after: row.year, value, unit: texts.unit }),
        source: sourceOf(...figures), figures: figures.join(" "),
      };
    });
  }

  /* Lines that fit a width, since Vega cuts what does not; `size` is the mean width of a letter in pixels. */
  function wrapped(text, width, size) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = lines.at(-1) ? lines.at(-1) + " " + word : word;
      if (lines.at(-1) && longer.length * size > width) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }

  function draw(name, rows, years, title, subtitle, axis) {
    const spec = structuredClone(data.charts[name]);
    shown[name] = rows;
    spec.datasets = { shown: rows, years };
    const place = byId("chart-" + name);
    const width = place.clientWidth;
    const below = [subtitle, crop().source.producer].filter(Boolean);
    spec.title = {
      text: wrapped(title, width - 10, 9.2), subtitle: below.flatMap((text) => wrapped(text, width - 10, 7)),
    };
    if (name !== "series") spec.layer[1].encoding.x.title = axis;
    else for (const layer of spec.layer) if (layer.encoding.y) layer.encoding.y.title = axis;
    if (name === "series" && width < NARROW) {
      for (const row of rows) if (row.role !== "chosen") row.label = ""; // a click still tells whose point it is
    }
    const locale = { decimal: data.decimalMark, thousands: "\u00a0", grouping: [3], currency: ["", ""] };
    return vegaEmbed(place, spec, {
      mode: "vega-lite", actions: false, renderer: "svg", formatLocale: locale, defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    }).then(
      (made) => {
        if (views[name]) views[name].finalize();
        views[name] = made;
        place.querySelector("svg").setAttribute("role", "img");
        place.querySelector("svg").setAttribute("aria-label", title + ". " + (subtitle || ""));
        made.view.addEventListener("click", (event, item) => {
          if (item && item.datum && item.datum.text) tell(item.datum);
        });
      }
    );
  }

  function tell(point) {
    byId("point").hidden = false;
    byId("point-text").textContent = point.text;
    byId("point-source").textContent = point.source;
  }

  async function drawAll() {
    const wrong = problem();
    byId("problem").textContent = wrong || "";
    byId("problem").hidden = !wrong;
    byId("charts").hidden = Boolean(wrong);
    byId("summary").hidden = Boolean(wrong);
    drawMap();
    if (wrong) return;
    const gap = state.after - state.before;
    const unit = { crop: crop().label, unit: texts.unit, gap };
    const years = [{ year: state.before, zero: 0 }, { year: state.after, zero: 0 }];
    const level = state.view === "level";
    const title = level ? texts.seriesTitle : gap > 1 ? texts.seriesChange : texts.seriesYearly;
    const axis = fill(level ? texts.yield : texts.change, unit);

    const changes = changesOf(state.area, gap);
    const isPair = (row) => row.year === state.after && row.before === state.before;
    const own = changes.find(isPair);
    const rank = 1 + changes.filter((row) => row.value > own.value + TOLERANCE).length;

    const names = [state.area, ...state.group];
    const cells = differences(names, gap);
    const cell = cells.find((row) => isPair(row) && row.name === state.area);
    const larger = cells.filter((row) => Math.abs(row.value) >= Math.abs(cell.value) - TOLERANCE).length;
    const decimals = shownDecimals() + 1;
    byId("summary").textContent = fill(texts.summary, {
      area: label(state.area), crop: crop().label, year_before: state.before, year_after: state.after,
      before: number(at(state.area, state.before), shownDecimals()),
      after: number(at(state.area, state.after), shownDecimals()),
      change: number(own.value, shownDecimals(), true), unit: texts.unit, n: state.group.length,
      group: number(cell.others, decimals, true), difference: number(cell.value, decimals, true),
      cells: cells.length, larger,
    });

    await Promise.all([
      draw("series", seriesRows(), years, fill(title, unit), "", axis),
      draw(
        "changes", dots(changes, isPair, () => false, texts.pair), years.slice(0, 1),
        fill(texts.changesTitle, { before: state.before, after: state.after, area: label(state.area) }),
        fill(texts.changesNote, { n: changes.length, rank }), fill(texts.change, unit)
      ),
      draw(
        "placebo",
        dots(cells, (row) => isPair(row) && row.name === state.area, (row) => row.name === state.area, texts.pair),
        years.slice(0, 1), texts.placeboTitle,
        fill(texts.placeboNote, { larger, n: cells.length, percent: number((100 * larger) / cells.length, 0) }),
        fill(texts.difference, unit)
      ),
    ]);
    byId("explorer").dataset.drawn = String(Number(byId("explorer").dataset.drawn || 0) + 1);
  }

  // Downloads -----------------------------------------------------------------------------------------------------

  function save(text, type, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /* A cell that a spreadsheet could take for a formula begins with an apostrophe; numbers stay numbers. */
  function cellOf(value) {
    if (value === undefined || value === null) return "";
    if (typeof value === "number") return String(Number(value.toFixed(6)));
    const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  function csv(name) {
    const columns = ["area", "before", "year", "value", "role", "figures"];
    const rows = shown[name].map((row) => columns.map((column) => cellOf(row[column])).join(","));
    const head = ["crop", "unit", "source", ...columns].join(",");
    const first = [crop().crop, "c/ha", crop().source.id].map(cellOf).join(",");
    return [head, ...rows.map((row) => first + "," + row)].join("\n") + "\n";
  }

  function fileName(name, ending) {
    const words = [name, state.crop, state.area, state.before, state.after].join("-");
    return words.toLowerCase().replace(/[^a-z0-9]+/g, "-") + "." + ending;
  }

  // Start ---------------------------------------------------------------------------------------------------------

  function change(part, boxToFocus, tileToFocus) {
    state = { ...state, ...part };
    const focused = document.activeElement && document.activeElement.id;
    drawControls();
    toAddress();
    drawAll();
    if (boxToFocus) document.querySelector(`#members input[value="${CSS.escape(boxToFocus)}"]`).focus();
    if (tileToFocus) document.querySelector("#tiles .tile[aria-pressed=true]").focus();
    else if (focused && byId(focused)) byId(focused).focus();
  }

  byId("crop").addEventListener("change", (event) => {
    location.hash = new URLSearchParams({ crop: event.target.value, view: state.view }).toString();
  });
  byId("area").addEventListener("change", (event) => choose(event.target.value));
  byId("before").addEventListener("change", (event) => change({ before: Number(event.target.value) }));
  byId("after").addEventListener("change", (event) => change({ after: Number(event.target.value) }));
  for (const input of document.querySelectorAll("input[name=view]")) {
    input.addEventListener("change", () => change({ view: input.value }));
  }
  for (const button of document.querySelectorAll("button[data-csv]")) {
    const name = button.dataset.csv;
    button.addEventListener("click", () => save("\ufeff" + csv(name), "text/csv;charset=utf-8", fileName(name, "csv")));
  }
  for (const button of document.querySelectorAll("button[data-svg]")) {
    const name = button.dataset.svg;
    button.addEventListener("click", async () => {
      save(await views[name].view.toSVG(), "image/svg+xml", fileName(name, "svg"));
    });
  }
  byId("reset").addEventListener("click", () => {
    history.replaceState(null, "", location.pathname + location.search);
    fromAddress();
    change({});
  });
  window.addEventListener("hashchange", () => {
    fromAddress();
    drawControls();
    drawAll();
  });
  let resized;
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(drawAll, 150);
  });

  fromAddress();
  drawControls();
  drawAll();
})();
