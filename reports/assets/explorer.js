/* The explorer. All data stand in the page (#explorer-data); this script computes what is shown from the state of the
   controls, draws it as SVG, and keeps the state in the address, so that a view can be sent, bookmarked, and stays when
   the language changes. The arithmetic is that of pipeline/methods/difference_in_differences.py. Drawings keep their
   white ground in dark pages, as all figures do, so a picture that is taken along is the one that was seen. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const texts = data.texts;
  const byId = (id) => document.getElementById(id);
  const crops = new Map(data.crops.map((entry) => [entry.crop, entry]));
  const TABS = ["chart", "map", "table", "usual"];
  const NARROW = 520; // pixels
  const TOLERANCE = 1e-9; // yields are printed in tenths; beyond this a mean holds binary noise
  const [INK, SOFT, GRID, ACCENT, SECOND, LIGHT] = ["#1e2420", "#59625c", "#e4e4e4", "#B54708", "#0067A3", "#bdbdbd"];
  const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
  let state;
  let asked = null; // the crop of an address that has no series
  let pinned = null; // the point whose source is told: { name, year }, or { dot }
  const shown = {}; // rows behind each drawing, for its CSV

  // Words and numbers ---------------------------------------------------------------------------------------------

  /* A message with its values; a number and its unit stay on one line. */
  function fill(message, values) {
    const text = message.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
    return text.replaceAll(" " + texts.unit, "\u00a0" + texts.unit);
  }

  function number(value, decimals, signed) {
    let text = Math.abs(value).toFixed(decimals);
    text = text.replace(".", data.decimalMark);
    const nothing = !/[1-9]/.test(text);
    if (nothing) return text;
    return (value < 0 ? "\u2212" : signed ? "+" : "") + text;
  }

  const crop = () => crops.get(state.crop);
  const areaOf = (name) => crop().areas.find((area) => area.name === name);
  const label = (name) => areaOf(name).label;
  const printed = (name, year) => crop().values[name][crop().years.indexOf(year)] || null;
  const at = (name, year) => (printed(name, year) === null ? null : Number(printed(name, year)));
  const figure = (name, year) => crop().figures[name][crop().years.indexOf(year)];
  const asPrinted = (text) => (text === null ? "\u2013" : text.replace(".", data.decimalMark));
  const decimalsOf = (...values) => Math.max(...values.map((text) => (text.split(".")[1] || "").length));
  const changeText = (name, before, after) =>
    number(at(name, after) - at(name, before), decimalsOf(printed(name, before), printed(name, after)), true);
  const meanDecimals = () => Math.min(crop().decimals + 1, 2);
  const gapOf = () => state.after - state.before;
  const sourceOf = (...figures) =>
    fill(figures.length > 1 ? texts.sourceOfDerived : texts.sourceOf, {
      ...crop().source,
      figure: figures.join(", "),
    });

  // Arithmetic ----------------------------------------------------------------------------------------------------

  function changesOf(name, gap) {
    const found = [];
    for (const year of crop().years) {
      const [before, after] = [at(name, year - gap), at(name, year)];
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

  /* Whole percent, halves upwards, as pipeline.site.map.whole_percent. */
  function percentOf(name) {
    const [before, after] = [at(name, state.before), at(name, state.after)];
    return before && after !== null ? Math.floor((100 * (after - before)) / before + 0.5 + TOLERANCE) : null;
  }

  const isPair = (row) => row.year === state.after && row.before === state.before;

  /* Round values within a range, about as many as are wanted. */
  function ticks(low, high, wanted) {
    const rough = (high - low) / Math.max(1, wanted) || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((one) => one * power >= rough) * power;
    const found = [];
    for (let i = Math.ceil(low / step - TOLERANCE); i * step <= high + TOLERANCE; i += 1) found.push(i * step);
    return { values: found, decimals: Math.max(0, -Math.floor(Math.log10(step) + TOLERANCE)) };
  }

  // State ---------------------------------------------------------------------------------------------------------

  function problem() {
    if (state.before >= state.after) return texts.order;
    for (const year of [state.before, state.after]) {
      if (at(state.area, year) === null) {
        return fill(texts.missing, { area: label(state.area), crop: crop().name, year });
      }
    }
    return compared().length ? null : texts.noGroup;
  }

  /* The areas of the comparison group that have a yield in both years. */
  function compared() {
    return state.group.filter((name) => at(name, state.before) !== null && at(name, state.after) !== null);
  }

  /* A state that the data can answer: what is wished where it exists, otherwise the study's or the next best. */
  function settled(wished) {
    const start = data.study;
    const found = {
      crop: crops.has(wished.crop) ? wished.crop : crops.has(start.crop) ? start.crop : data.crops[0].crop,
    };
    const names = crops.get(found.crop).areas.map((area) => area.name);
    const years = crops.get(found.crop).years;
    const year = (one, otherwise) =>
      years.includes(Number(one)) ? Number(one) : years.includes(otherwise) ? otherwise : years[years.length - 2];
    found.area = [wished.area, start.area, "Kyrgyzstan", names[0]].find((name) => names.includes(name));
    found.before = year(wished.before, start.before);
    found.after = year(wished.after, start.after);
    if (found.before >= found.after) {
      const next = Math.min(years.length - 1, years.indexOf(found.before) + 1);
      [found.before, found.after] = [years[next - 1], years[next]];
    }
    found.view = wished.view === "change" ? "change" : "level";
    found.map = wished.map === "tiles" ? "tiles" : "boundaries";
    found.tab = TABS.includes(wished.tab) ? wished.tab : "chart";
    found.group = (wished.group || names).filter((name) => names.includes(name) && name !== found.area);
    return found;
  }

  function fromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    const wished = Object.fromEntries(given);
    asked = given.has("crop") && !crops.has(given.get("crop")) ? given.get("crop") : null;
    if (given.has("group")) wished.group = given.get("group").split("~");
    state = settled(wished);
  }

  function toAddress() {
    const words = new URLSearchParams({ ...state, group: state.group.join("~") });
    history.replaceState(null, "", "#" + words.toString());
    document.dispatchEvent(new CustomEvent("addresschange"));
  }

  // Elements ------------------------------------------------------------------------------------------------------

  function html(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function svg(name, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function sheet(place, width, height, description) {
    const made = svg("svg", {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": FONT,
      "font-size": 12,
      fill: INK,
      role: "group",
      "aria-label": description,
    });
    byId(place).replaceChildren(made);
    return made;
  }

  // Controls ------------------------------------------------------------------------------------------------------

  function options(select, entries, chosen) {
    const made = ([value, text]) =>
      html("option", { value, textContent: text, selected: String(value) === String(chosen) });
    byId(select).replaceChildren(...entries.map(made));
  }

  function drawControls() {
    const groups = ["oblast", "country"].map((level) => {
      const entries = data.crops.filter((entry) => entry.level === level);
      const made = html("optgroup", { label: level === "oblast" ? texts.byOblast : texts.byCountry });
      made.append(...entries.map((entry) => html("option", { value: entry.crop, textContent: entry.label })));
      return made;
    });
    byId("crop").replaceChildren(...groups.filter((group) => group.childElementCount));
    byId("crop").value = state.crop;
    options(
      "area",
      crop().areas.map((area) => [area.name, area.short]),
      state.area
    );
    options(
      "before",
      crop().years.map((year) => [year, year]),
      state.before
    );
    options(
      "after",
      crop().years.map((year) => [year, year]),
      state.after
    );
    for (const name of ["view", "map"]) {
      for (const input of document.querySelectorAll(`input[name=${name}]`))
        input.checked = input.value === state[name];
    }
    byId("groups").replaceChildren(
      ...crop().groups.map((group) => {
        const button = html("button", { type: "button", textContent: group.label });
        button.addEventListener("click", () => change({ group: group.areas.filter((name) => name !== state.area) }));
        return button;
      })
    );
    byId("members").replaceChildren(
      ...crop()
        .areas.filter((area) => area.name !== state.area)
        .map((area) => {
          const box = html("input", { type: "checkbox", value: area.name, checked: state.group.includes(area.name) });
          box.addEventListener("change", () => {
            const others = state.group.filter((name) => name !== area.name);
            change({ group: box.checked ? [...others, area.name] : others }, `#members input[value="${area.name}"]`);
          });
          return html("label", {}, box, " ", area.short);
        })
    );
  }

  function drawTabs() {
    for (const name of TABS) {
      const chosen = name === state.tab;
      byId("tab-" + name).setAttribute("aria-selected", String(chosen));
      byId("tab-" + name).tabIndex = chosen ? 0 : -1;
      byId("panel-" + name).hidden = !chosen;
    }
  }

  /* Another area: it takes the place of the one before it, in the comparison group too. */
  function choose(name, focus) {
    const was = state.area;
    const group = state.group.includes(name) ? [...state.group.filter((n) => n !== name), was] : state.group;
    if (pinned && pinned.name) pinned = { ...pinned, name };
    change({ area: name, group }, focus);
  }

  // A point and its source ----------------------------------------------------------------------------------------

  function tell(row) {
    pinned = row.dot ? { dot: row } : { name: row.name, year: row.year };
    byId("point-text").textContent = row.text;
    byId("point-source").textContent = row.source;
    byId("point-choose").textContent = fill(texts.choose, { area: label(row.name) });
    byId("point-choose").hidden = row.name === state.area;
    byId("point-choose").onclick = () => choose(row.name, "#point-close");
    byId("point").hidden = false;
    ring();
  }

  function closePoint() {
    const within = byId("point").contains(document.activeElement);
    const name = pinned && pinned.name;
    pinned = null;
    byId("point").hidden = true;
    ring();
    const line = name && document.querySelector(`#chart-series [data-area="${name}"]`);
    if (within) (line || byId("tab-" + state.tab)).focus();
  }

  /* After a change: the point of the same area and year if it is still there, otherwise none. */
  function followPoint() {
    if (!pinned) return;
    const row =
      pinned.name && shown.series && shown.series.find((r) => r.name === pinned.name && r.year === pinned.year);
    if (row && state.tab === "chart") tell(row);
    else closePoint();
  }

  // The chart -----------------------------------------------------------------------------------------------------

  let place = null; // where a row of the chart lies: { x(year), y(value), tip, ring }

  function seriesRows() {
    const gap = state.view === "change" ? Math.max(1, gapOf()) : 0;
    return crop().areas.flatMap((area) => {
      const found = gap
        ? changesOf(area.name, gap)
        : crop().years.map((year) => ({ name: area.name, year, value: at(area.name, year) }));
      return found
        .filter((row) => row.value !== null)
        .map((row) => {
          const figures = [figure(area.name, row.year), ...(gap ? [figure(area.name, row.before)] : [])];
          const value = gap ? changeText(area.name, row.before, row.year) : asPrinted(printed(area.name, row.year));
          const named = {
            area: area.label,
            year: row.year,
            before: row.before,
            after: row.year,
            value,
            unit: texts.unit,
          };
          return {
            ...row,
            printed: value,
            text: fill(gap ? texts.pair : texts.point, named),
            source: sourceOf(...figures),
            figures,
          };
        });
    });
  }

  /* Places of names at the lines' ends: none within `gap` of another, as near to their ends as that allows (pool
     adjacent violators, as pipeline.exhibits.drawing). */
  function apart(ends, gap, low, high) {
    const sorted = [...ends].sort((a, b) => a.y - b.y);
    const blocks = [];
    sorted.forEach((end, rank) => {
      blocks.push([end.y - rank * gap, 1]);
      while (blocks.length > 1 && blocks.at(-2)[0] / blocks.at(-2)[1] > blocks.at(-1)[0] / blocks.at(-1)[1]) {
        const [total, count] = blocks.pop();
        blocks.at(-1)[0] += total;
        blocks.at(-1)[1] += count;
      }
    });
    const places = blocks
      .flatMap(([total, count]) => Array(count).fill(total / count))
      .map((y, rank) => y + rank * gap);
    const over = Math.max(0, (places.at(-1) || 0) - high);
    sorted.forEach((end, rank) => {
      end.label = Math.max(places[rank] - over, low + rank * gap);
    });
  }

  function drawSeries(rows) {
    const gap = gapOf();
    const message = state.view === "level" ? texts.seriesLevel : gap > 1 ? texts.seriesChange : texts.seriesYearly;
    const title = fill(message, { crop: crop().label, unit: texts.unit, gap });
    byId("series-title").textContent = title;
    if (!rows.length) return byId("chart-series").replaceChildren();
    const width = Math.max(260, byId("chart-series").clientWidth);
    const narrow = width < NARROW;
    const height = narrow ? 330 : 420;
    const drawing = sheet("chart-series", width, height, title);

    // names first: their width decides where the lines end
    const byArea = crop()
      .areas.map((area) => ({ area, rows: rows.filter((row) => row.name === area.name) }))
      .filter((one) => one.rows.length);
    for (const one of byArea) {
      one.name = svg("text", {
        class: "end",
        fill: one.area.colour,
        "font-size": narrow ? 11 : 13,
        "font-weight": one.area.name === state.area ? 700 : 400,
      });
      one.name.textContent = one.area.short;
      drawing.append(one.name);
    }
    const [left, top, bottom] = [38, 26, 24];
    const right = Math.max(...byArea.map((one) => one.name.getComputedTextLength())) + 16;

    const values = rows.map((row) => row.value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const air = (most - least) * 0.04;
    const [low, high] = [least - air, most + air];
    const scale = ticks(low, high, narrow ? 5 : 7);
    const [first, last] = [
      rows.reduce((m, r) => Math.min(m, r.year), Infinity),
      rows.reduce((m, r) => Math.max(m, r.year), -Infinity),
    ];
    const x = (year) => left + ((year - first) / Math.max(1, last - first)) * (width - left - right);
    const y = (value) => top + ((high - value) / (high - low || 1)) * (height - top - bottom);

    const grid = svg("g", { "aria-hidden": "true" });
    for (const value of scale.values) {
      const text = svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end", fill: SOFT });
      text.textContent = number(value, scale.decimals);
      grid.append(
        svg("path", { d: `M${left} ${y(value)}H${width - right}`, stroke: value === 0 ? "#8f978f" : GRID }),
        text
      );
    }
    const yearStep = ticks(first, last, (width - left - right) / 56).values.filter(Number.isInteger);
    for (const year of yearStep) {
      const text = svg("text", { x: x(year), y: height - 6, "text-anchor": "middle", fill: SOFT });
      text.textContent = year;
      grid.append(svg("path", { d: `M${x(year)} ${height - bottom}v4`, stroke: "#8f978f" }), text);
    }
    const [from, until] = [Math.max(x(state.before), left), Math.min(x(state.after), width - right)];
    const span = svg("text", {
      x: Math.min(Math.max((from + until) / 2, left + 34), width - right - 34),
      y: 14,
      "text-anchor": "middle",
      fill: INK,
      "font-weight": 600,
    });
    span.textContent = `${state.before}\u2013${state.after}`;
    grid.append(
      svg("rect", {
        x: from,
        y: top - 6,
        width: Math.max(0, until - from),
        height: height - top - bottom + 6,
        fill: "#efede2",
      }),
      span
    );
    grid.prepend(grid.lastChild.previousSibling); // the band of the chosen years lies below the grid

    apart(
      byArea.map((one) => Object.assign(one, { y: y(one.rows.at(-1).value) })),
      narrow ? 14 : 16,
      top,
      height - bottom
    );
    const order = (one) => (one.area.name === state.area ? 2 : state.group.includes(one.area.name) ? 1 : 0);
    const lines = svg("g", { class: "lines" });
    for (const one of byArea.sort((a, b) => order(a) - order(b))) {
      const own = one.area.name === state.area;
      let pen = "";
      one.rows.forEach((row, i) => {
        const goesOn = i && row.year - one.rows[i - 1].year === 1;
        pen += `${goesOn ? "L" : "M"}${x(row.year).toFixed(1)} ${y(row.value).toFixed(1)}`;
      });
      const end = one.rows.at(-1);
      one.name.setAttribute("x", width - right + 12);
      one.name.setAttribute("y", (one.label + 4).toFixed(1));
      const line = svg("g", {
        class: "line" + (order(one) ? "" : " aside"),
        "data-area": one.area.name,
        tabindex: 0,
        role: "button",
        "aria-pressed": own,
        "aria-label": end.text,
      });
      line.append(
        svg("path", {
          d: `M${x(end.year).toFixed(1)} ${one.y.toFixed(1)}L${width - right + 9} ${one.label.toFixed(1)}`,
          stroke: one.area.colour,
          "stroke-width": 0.7,
          fill: "none",
          opacity: 0.7,
        }),
        svg("path", {
          class: "stroke",
          d: pen,
          fill: "none",
          stroke: one.area.colour,
          "stroke-width": own ? 3.2 : 1.5,
          "stroke-linejoin": "round",
          "stroke-dasharray": order(one) ? "none" : "3 3",
        }),
        ...one.rows.map((row) =>
          svg("circle", {
            cx: x(row.year).toFixed(1),
            cy: y(row.value).toFixed(1),
            r: own ? (narrow ? 2.4 : 3.2) : 1.7,
            fill: one.area.colour,
          })
        ),
        one.name
      );
      walkable(line, one);
      lines.append(line);
    }
    const tip = svg("text", {
      class: "tip",
      "font-weight": 600,
      stroke: "#ffffff",
      "stroke-width": 4,
      "stroke-linejoin": "round",
      "paint-order": "stroke",
      "aria-hidden": "true",
      "pointer-events": "none",
    });
    const mark = svg("circle", {
      class: "ring",
      r: 6.5,
      fill: "none",
      stroke: INK,
      "stroke-width": 2,
      "pointer-events": "none",
      visibility: "hidden",
    });
    drawing.append(grid, lines, mark, tip);
    place = { x, y, tip, mark, rows, lines, width };
    pointable(drawing, byArea);
  }

  /* One line in front, the others behind; without a row, all as before. */
  function highlight(row) {
    if (!place) return;
    for (const line of place.lines.children) {
      line.classList.toggle("front", Boolean(row) && line.dataset.area === row.name);
      line.classList.toggle("behind", Boolean(row) && line.dataset.area !== row.name);
    }
    place.tip.textContent = row ? `${areaOf(row.name).short}, ${row.year}: ${row.printed}` : "";
    if (!row) return;
    const half = place.tip.getComputedTextLength() / 2 + 2;
    place.tip.setAttribute("text-anchor", "middle");
    place.tip.setAttribute("x", Math.min(Math.max(place.x(row.year), half), place.width - half));
    place.tip.setAttribute("y", Math.max(place.y(row.value) - 12, 12));
  }

  /* The ring around the point whose source is told. */
  function ring() {
    if (!place) return;
    const row = pinned && pinned.name && place.rows.find((r) => r.name === pinned.name && r.year === pinned.year);
    place.mark.setAttribute("visibility", row ? "visible" : "hidden");
    if (!row) return;
    place.mark.setAttribute("cx", place.x(row.year));
    place.mark.setAttribute("cy", place.y(row.value));
  }

  function walkable(line, one) {
    const start = () => {
      const of = (year) => one.rows.findIndex((row) => row.year === year);
      const here = pinned && pinned.name === one.area.name ? of(pinned.year) : -1;
      return here >= 0 ? here : of(state.after) >= 0 ? of(state.after) : one.rows.length - 1;
    };
    line.addEventListener("focus", () => highlight(one.rows[start()]));
    line.addEventListener("blur", () => highlight(null));
    line.addEventListener("keydown", (event) => {
      const i = start();
      const moved = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: one.rows.length - 1 }[event.key];
      if (moved !== undefined) {
        event.preventDefault();
        const row = one.rows[Math.min(Math.max(moved, 0), one.rows.length - 1)];
        tell(row);
        highlight(row);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(one.area.name, `#chart-series [data-area="${one.area.name}"]`);
      }
    });
  }

  function pointable(drawing, byArea) {
    const nearest = (event) => {
      const box = drawing.getBoundingClientRect();
      const [px, py] = [event.clientX - box.left, event.clientY - box.top];
      let [best, distance] = [null, 45];
      for (const row of place.rows) {
        const far = Math.hypot(place.x(row.year) - px, place.y(row.value) - py);
        if (far < distance) [best, distance] = [row, far];
      }
      return best;
    };
    const named = (event) => event.target.classList.contains("end") && event.target.closest(".line");
    drawing.addEventListener("pointermove", (event) => {
      const line = named(event);
      const one = line && byArea.find((other) => other.area.name === line.dataset.area);
      highlight(one ? one.rows.at(-1) : nearest(event));
    });
    drawing.addEventListener("pointerleave", () => highlight(null));
    drawing.addEventListener("click", (event) => {
      const line = named(event);
      if (line) return choose(line.dataset.area);
      const row = nearest(event);
      if (row) tell(row);
      highlight(row);
    });
  }

  // The map -------------------------------------------------------------------------------------------------------

  function drawMap() {
    const names = crop().areas.map((area) => area.name);
    const rows = names.map((name) => {
      const [before, after, percent] = [printed(name, state.before), printed(name, state.after), percentOf(name)];
      const whole = before !== null && after !== null;
      const change = whole ? changeText(name, state.before, state.after) : "\u2013";
      const percentText = percent === null ? "\u2013" : number(percent, 0, true) + "\u00a0%";
      return { name, before, after, whole, percent, change, percentText };
    });
    shown.map = rows
      .filter((row) => row.whole)
      .map((row) => ({
        name: row.name,
        before: state.before,
        year: state.after,
        value: at(row.name, state.after) - at(row.name, state.before),
        figures: [figure(row.name, state.after), figure(row.name, state.before)],
      }));
    const drawn = byId("map-boundaries").querySelector("svg");
    const bounded = Boolean(drawn) && crop().level === "oblast";
    const tiles = !bounded || state.map === "tiles";
    byId("map-kinds").hidden = !bounded;
    byId("map-boundaries").hidden = byId("boundaries-note").hidden = tiles;
    byId("tiles").hidden = byId("tiles-note").hidden = !tiles;
    document.querySelector("[data-svg=map]").hidden = tiles;
    if (tiles) drawTiles(rows);
    else drawBoundaries(drawn, rows);
    drawMapTable(rows);
  }

  function drawBoundaries(drawn, rows) {
    drawn.setAttribute("role", "group");
    drawn.setAttribute("aria-label", byId("finding").textContent);
    for (const row of rows) {
      const shape = drawn.querySelector(`path[data-area="${row.name}"]`);
      const step = data.map.edges.filter((edge) => row.percent >= edge).length;
      shape.setAttribute("fill", row.percent === null ? data.map.none : data.map.fills[step]);
      const pair = `${asPrinted(row.before)} \u2192 ${asPrinted(row.after)} ${texts.unit}`;
      const said = `${label(row.name)}: ${row.percentText}, ${pair}`;
      for (const [key, value] of Object.entries({
        tabindex: 0,
        role: "button",
        "aria-label": said,
        "aria-pressed": row.name === state.area,
      })) {
        shape.setAttribute(key, value);
      }
      shape.replaceChildren(Object.assign(svg("title", {}), { textContent: said }));
      drawn.querySelector(`text[data-area="${row.name}"] .value`).textContent = row.percentText;
      if (row.name === state.area) drawn.querySelector(".outline").setAttribute("d", shape.getAttribute("d"));
      shape.onclick = () => choose(row.name, `#map-boundaries path[data-area="${row.name}"]`);
      shape.onkeydown = (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        shape.onclick();
      };
    }
  }

  function drawTiles(rows) {
    const size = (row) => (row.whole ? Math.abs(at(row.name, state.after) - at(row.name, state.before)) : 0);
    const largest = Math.max(...rows.map(size), 1e-9);
    byId("tiles").replaceChildren(
      ...rows.map((row) => {
        const area = areaOf(row.name);
        const tile = html("button", {
          type: "button",
          className: "tile" + (state.group.includes(row.name) ? " compared" : ""),
        });
        [tile.style.gridRow, tile.style.gridColumn] = area.tile.map((one) => String(one + 1));
        tile.style.setProperty("--share", Math.round((100 * size(row)) / largest) + "%");
        tile.setAttribute("aria-pressed", String(row.name === state.area));
        tile.dataset.area = row.name;
        tile.dataset.sign = !row.whole ? "none" : row.change.startsWith("\u2212") ? "fall" : "rise";
        const lines = { name: area.short, value: asPrinted(row.after), change: row.change };
        tile.append(
          ...Object.entries(lines).map(([className, textContent]) => html("span", { className, textContent }))
        );
        tile.addEventListener("click", () => choose(row.name, `#tiles [data-area="${row.name}"]`));
        return tile;
      })
    );
  }

  const headed = (texts) =>
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        ...texts.map((textContent, i) => html("th", { scope: "col", className: i ? "number" : "", textContent }))
      )
    );
  const line = (first, rest) =>
    html(
      "tr",
      {},
      html("th", { scope: "row", textContent: first }),
      ...rest.map((textContent) => html("td", { className: "number", textContent }))
    );

  function drawMapTable(rows) {
    const head = [
      texts.area,
      `${state.before}, ${texts.unit}`,
      `${state.after}, ${texts.unit}`,
      fill(texts.change, { unit: texts.unit }),
      texts.percent,
    ];
    const body = rows.map((row) => {
      const made = line(label(row.name), [asPrinted(row.before), asPrinted(row.after), row.change, row.percentText]);
      made.className = row.name === state.area ? "chosen" : "";
      return made;
    });
    byId("map-table").replaceChildren(headed(head), html("tbody", {}, ...body));
  }

  function drawTable() {
    byId("table-title").textContent = fill(texts.seriesLevel, { crop: crop().label, unit: texts.unit });
    const names = crop().areas.map((area) => area.name);
    const first = document.querySelector("#series-table thead th").textContent;
    const body = crop().years.map((year) => {
      const made = line(
        year,
        names.map((name) => asPrinted(printed(name, year)))
      );
      made.className = year === state.before || year === state.after ? "chosen" : "";
      return made;
    });
    byId("series-table").replaceChildren(headed([first, ...names.map(label)]), html("tbody", {}, ...body));
    byId("series-table").querySelectorAll("thead th")[1 + names.indexOf(state.area)].classList.add("own");
  }

  // How usual is it -----------------------------------------------------------------------------------------------

  function dots(rows, isChosen, isOwn) {
    return rows.map((row) => {
      const decimals =
        rows === shown.cells
          ? meanDecimals()
          : decimalsOf(printed(row.name, row.before), printed(row.name, row.year));
      const named = {
        area: label(row.name),
        before: row.before,
        after: row.year,
        value: number(row.value, decimals, true),
        unit: texts.unit,
      };
      const figures = [figure(row.name, row.year), figure(row.name, row.before)];
      const rank = isChosen(row) ? 2 : isOwn(row) ? 1 : 0;
      return { ...row, rank, dot: true, text: fill(texts.pair, named), source: sourceOf(...figures), figures };
    });
  }

  /* Dots on a line of values, standing on each other where they fall together; as large as the highest pile allows. */
  function drawDots(name, rows, title, note, axis) {
    byId(name + "-title").textContent = title;
    byId(name + "-note").textContent = note + ".";
    shown[name] = rows;
    const width = Math.max(260, byId("chart-" + name).clientWidth);
    const [left, right, bottom, room] = [20, 20, 44, name === "placebo" ? 190 : 120];
    const values = rows.map((row) => row.value);
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
    const x = (value) => left + ((value - low) / (high - low || 1)) * (width - left - right);
    const piles = (radius) => {
      const heights = new Map();
      const placed = [...rows]
        .sort((a, b) => b.rank - a.rank)
        .map((row) => {
          const bin = Math.round(x(row.value) / (2 * radius));
          heights.set(bin, (heights.get(bin) || 0) + 1);
          return { row, level: heights.get(bin) };
        });
      return { placed, highest: Math.max(...heights.values()) };
    };
    const radius = [6, 5, 4, 3.5, 3, 2.5, 2, 1.5, 1].find((r) => (piles(r).highest + 1) * 2 * r <= room) || 1;
    const { placed, highest } = piles(radius);
    const base = Math.min(room, (highest + 1) * 2 * radius) + 8;
    const drawing = sheet("chart-" + name, width, base + bottom, `${title}. ${note}`);
    drawing.append(
      svg("path", { d: `M${left} ${base}H${width - right}`, stroke: "#8f978f" }),
      svg("path", { d: `M${x(0)} 4V${base}`, stroke: SOFT, "stroke-dasharray": "3 3" })
    );
    const scale = ticks(low, high, (width - left - right) / 64);
    for (const value of scale.values) {
      const text = svg("text", { x: x(value), y: base + 17, "text-anchor": "middle", fill: SOFT });
      text.textContent = number(value, scale.decimals, true);
      drawing.append(svg("path", { d: `M${x(value)} ${base}v4`, stroke: "#8f978f" }), text);
    }
    const under = svg("text", { x: width / 2, y: base + 37, "text-anchor": "middle" });
    under.textContent = axis;
    drawing.append(under);
    for (const { row, level } of placed.reverse()) {
      const dot = svg("circle", {
        class: "dot",
        cx: x(row.value).toFixed(1),
        cy: (base - 1 - (2 * level - 1) * radius).toFixed(1),
        r: row.rank === 2 ? radius + 2 : radius - 0.3,
        fill: [LIGHT, SECOND, ACCENT][row.rank],
        stroke: row.rank === 2 ? "#ffffff" : "none",
      });
      dot.append(Object.assign(svg("title", {}), { textContent: row.text }));
      dot.addEventListener("click", () => tell(row));
      drawing.append(dot);
    }
  }

  function drawUsual(found) {
    const { changes, cells, own, cell, larger } = found;
    const rank = 1 + changes.filter((row) => row.value > own.value + TOLERANCE).length;
    const both = { before: state.before, after: state.after, area: label(state.area), unit: texts.unit };
    byId("summary").textContent = fill(texts.summary, {
      area: label(state.area),
      crop: crop().name,
      year_before: state.before,
      year_after: state.after,
      before: asPrinted(printed(state.area, state.before)),
      after: asPrinted(printed(state.area, state.after)),
      change: changeText(state.area, state.before, state.after),
      unit: texts.unit,
      n: compared().length,
      group: number(cell.others, meanDecimals(), true),
      difference: number(cell.value, meanDecimals(), true),
      cells: cells.length,
      larger,
    });
    drawDots(
      "changes",
      dots(changes, isPair, () => false),
      fill(texts.changesTitle, both),
      fill(texts.changesNote, { n: changes.length, rank }),
      fill(texts.change, both)
    );
    shown.cells = cells;
    drawDots(
      "placebo",
      dots(
        cells,
        (row) => isPair(row) && row.name === state.area,
        (row) => row.name === state.area
      ),
      texts.placeboTitle,
      fill(texts.placeboNote, { larger, n: cells.length, percent: number((100 * larger) / cells.length, 0) }),
      fill(texts.difference, both)
    );
  }

  // All of it -----------------------------------------------------------------------------------------------------

  function draw() {
    const wrong = problem();
    const notice = asked === null ? null : fill(texts.unknownCrop, { asked, crop: crop().label });
    byId("problem").textContent = [notice, wrong].filter(Boolean).join(" ");
    byId("problem").hidden = !notice && !wrong;
    byId("finding").hidden = Boolean(wrong);
    drawTabs();
    for (const span of document.querySelectorAll(".source-line"))
      span.textContent = `${crop().source.producer}, ${crop().source.title}`;
    if (wrong) {
      byId("panel-" + state.tab).hidden = true;
    } else {
      const names = [state.area, ...compared()];
      const changes = changesOf(state.area, gapOf());
      const cells = differences(names, gapOf());
      const own = changes.find(isPair);
      const cell = cells.find((row) => isPair(row) && row.name === state.area);
      const larger = cells.filter((row) => Math.abs(row.value) >= Math.abs(cell.value) - TOLERANCE).length;
      const relation = Math.abs(cell.value) < TOLERANCE ? "same" : cell.value > 0 ? "above" : "below";
      byId("finding").textContent = fill(texts[relation], {
        area: label(state.area),
        crop: crop().name,
        before: state.before,
        after: state.after,
        unit: texts.unit,
        change: changeText(state.area, state.before, state.after),
        group: number(cell.others, meanDecimals(), true),
      });
      shown.series = seriesRows();
      if (state.tab === "chart") drawSeries(shown.series);
      if (state.tab === "map") drawMap();
      if (state.tab === "table") drawTable();
      if (state.tab === "usual") drawUsual({ changes, cells, own, cell, larger });
    }
    for (const box of document.querySelectorAll("#explorer .scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; // site.js cannot see it in a tab that is not shown
    }
    followPoint();
    byId("explorer").dataset.drawn = String(Number(byId("explorer").dataset.drawn || 0) + 1);
  }

  // Taking along --------------------------------------------------------------------------------------------------

  function save(text, type, name) {
    const link = html("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
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
    const head = "crop,unit,source,area,before,year,value,role,figures";
    const role = (area) => (area === state.area ? "chosen" : state.group.includes(area) ? "compared" : "other");
    const rows = shown[name].map((row) =>
      [
        crop().crop,
        "c/ha",
        crop().source.id,
        row.name,
        row.before,
        row.year,
        row.value,
        role(row.name),
        row.figures.join(" "),
      ]
        .map(cellOf)
        .join(",")
    );
    return [head, ...rows].join("\n") + "\n";
  }

  /* The drawing as it is seen, with its title above and its source below. */
  function picture(name) {
    const drawn = (name === "map" ? byId("map-boundaries") : byId("chart-" + name)).querySelector("svg");
    const [, , width, height] = drawn.getAttribute("viewBox").split(" ").map(Number);
    const size = name === "map" ? 9 : 13;
    const wrapped = (text) =>
      text.split(" ").reduce(
        (lines, word) => {
          const longer = lines.at(-1) ? lines.at(-1) + " " + word : word;
          if (longer.length * size * 0.56 > width - 16 && lines.at(-1)) lines.push(word);
          else lines[lines.length - 1] = longer;
          return lines;
        },
        [""]
      );
    const said =
      name === "changes" || name === "placebo" ? byId(name + "-title").textContent : byId("finding").textContent;
    const [above, below] = [wrapped(said), wrapped(`${crop().source.producer}, ${crop().source.title}`)];
    const [top, whole] = [above.length * size * 1.3 + 8, (above.length + below.length) * size * 1.3 + height + 20];
    const made = svg("svg", {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height: whole,
      viewBox: `0 0 ${width} ${whole}`,
      "font-family": FONT,
      fill: INK,
    });
    made.append(svg("rect", { width, height: whole, fill: "#ffffff" }));
    const write = (lines, y, weight) =>
      lines.forEach((text, i) => {
        const made_line = svg("text", { x: 8, y: y + i * size * 1.3, "font-size": size, "font-weight": weight });
        made_line.textContent = text;
        made.append(made_line);
      });
    write(above, size * 1.3, 600);
    const copy = drawn.cloneNode(true);
    for (const [key, value] of Object.entries({ x: 0, y: top, width, height })) copy.setAttribute(key, value);
    made.append(copy);
    write(below, top + height + size * 1.3, 400);
    return new XMLSerializer().serializeToString(made);
  }

  function fileName(name, ending) {
    const words = [name, state.crop, state.area, state.before, state.after].join("-");
    return words.toLowerCase().replace(/[^a-z0-9]+/g, "-") + "." + ending;
  }

  async function copyLink() {
    byId("link").value = location.href;
    try {
      await navigator.clipboard.writeText(location.href);
      byId("copied").textContent = byId("copied").dataset.copied;
    } catch {
      byId("link-by-hand").hidden = false; // a browser that allows no copying shows the link, chosen
      byId("link").select();
    }
  }

  // Start ---------------------------------------------------------------------------------------------------------

  function change(part, focus) {
    state = { ...state, ...part };
    asked = null;
    byId("copied").textContent = "";
    byId("link-by-hand").hidden = true;
    drawControls();
    toAddress();
    draw();
    const target = focus && document.querySelector(focus);
    if (target) target.focus();
  }

  byId("crop").addEventListener("change", (event) => {
    pinned = null;
    byId("point").hidden = true;
    change(settled({ ...state, crop: event.target.value, group: null })); // years stay where the other crop has them
  });
  byId("area").addEventListener("change", (event) => choose(event.target.value));
  byId("before").addEventListener("change", (event) => change({ before: Number(event.target.value) }));
  byId("after").addEventListener("change", (event) => change({ after: Number(event.target.value) }));
  for (const name of ["view", "map"]) {
    for (const input of document.querySelectorAll(`input[name=${name}]`)) {
      input.addEventListener("change", () => change({ [name]: input.value }));
    }
  }
  TABS.forEach((name, i) => {
    byId("tab-" + name).addEventListener("click", () => change({ tab: name }));
    byId("tab-" + name).addEventListener("keydown", (event) => {
      const moved = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: TABS.length - 1 }[event.key];
      if (moved === undefined) return;
      event.preventDefault();
      const other = TABS[(moved + TABS.length) % TABS.length];
      change({ tab: other }, "#tab-" + other);
    });
  });
  for (const button of document.querySelectorAll("button[data-csv]")) {
    const name = button.dataset.csv;
    button.addEventListener("click", () =>
      save("\ufeff" + csv(name), "text/csv;charset=utf-8", fileName(name, "csv"))
    );
  }
  for (const button of document.querySelectorAll("button[data-svg]")) {
    const name = button.dataset.svg;
    button.addEventListener("click", () => save(picture(name), "image/svg+xml", fileName(name, "svg")));
  }
  byId("point-close").addEventListener("click", closePoint);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pinned) closePoint();
  });
  byId("copy-link").addEventListener("click", copyLink);
  byId("reset").addEventListener("click", () => change(settled({ tab: state.tab })));
  window.addEventListener("hashchange", () => {
    fromAddress();
    drawControls();
    draw();
  });
  let resized;
  let width = innerWidth; // a phone's bars that come and go change the height only
  window.addEventListener("resize", () => {
    if (width === innerWidth) return;
    width = innerWidth;
    clearTimeout(resized);
    resized = setTimeout(draw, 150);
  });

  fromAddress();
  drawControls();
  draw();
})();
