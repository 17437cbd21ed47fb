// The brain that turns: one mesh of each hemisphere for all maps, drawn by Plotly (the copy that nilearn ships).
"use strict";

(() => {
  const place = document.getElementById("brain");
  if (!place) return;
  const data = JSON.parse(document.getElementById("brain-data").textContent);
  const HEMISPHERES = { L: "left", R: "right" };
  const VIEWS = {
    left: { x: -1.35, y: 0, z: 0 }, right: { x: 1.35, y: 0, z: 0 }, above: { x: 0, y: -0.01, z: 1.35 },
    below: { x: 0, y: -0.01, z: -1.35 }, front: { x: 0, y: 1.35, z: 0 }, back: { x: 0, y: -1.35, z: 0 },
  };

  function decode(text, Kind) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Kind(bytes.buffer);
  }

  // every third number of a list from a start on: x, y or z of points, a corner of triangles
  function third(numbers, start, scale = 1) {
    return Float64Array.from({ length: numbers.length / 3 }, (_, i) => numbers[3 * i + start] / scale);
  }

  const cortex = {};
  for (const [hemi, packed] of Object.entries(data.hemispheres)) {
    const faces = decode(packed.faces, Uint32Array);
    const points = Object.fromEntries(Object.entries(packed.surfaces).map(([kind, text]) => {
      const found = decode(text, Int16Array);
      return [kind, [0, 1, 2].map((axis) => third(found, axis, data.perMm))];
    }));
    const depth = decode(packed.depth, Uint8Array);
    const corners = [0, 1, 2].map((corner) => third(faces, corner));
    // of each triangle: the deeper in a sulcus, the darker
    const greys = Array.from(corners[0], (_, face) => {
      const grey = Math.round(217 - 0.117 * corners.reduce((sum, corner) => sum + depth[corner[face]], 0));
      return `rgb(${grey},${grey},${grey})`;
    });
    cortex[hemi] = {
      points, greys, corners,
      regions: decode(packed.regions, Uint16Array),
    };
  }
  const maps = data.maps.map((map) => ({
    ...map,
    values: Object.fromEntries(Object.entries(map.values).map(([hemi, text]) => [hemi, decode(text, Float32Array)])),
    passes: map.passes && Object.fromEntries(Object.entries(map.passes).map(([hemi, text]) => [hemi, decode(text, Uint8Array)])),
  }));

  // --- what is chosen -------------------------------------------------------------------------------------------------

  const control = (name) => document.getElementById(`brain-${name}`);
  maps.forEach((map, index) => control("map").add(new Option(map.title, index)));
  // the threshold of the figure of a map, by q: on until a reader takes it off
  const test = Object.assign(document.createElement("input"), { type: "checkbox", id: "brain-test", checked: true });
  test.style.width = "auto";
  const testLabel = document.createElement("label");
  testLabel.append(test, " only ", Object.assign(document.createElement("span"), { id: "brain-test-name" }));
  control("threshold").closest("label").before(testLabel);
  const shown = () => ({
    map: maps[control("map").value], kind: control("surface").value, side: control("side").value,
    threshold: Number(control("threshold").value), tested: test.checked,
  });

  function colourOf(map, value) {
    const [low, high] = map.limits;
    if (map.below && value < low) return map.below;
    const step = map.edges ? map.edges.findLastIndex((edge) => edge <= value)
      : Math.floor(((value - low) / (high - low)) * map.colours.length);
    return map.colours[Math.min(Math.max(step, 0), map.colours.length - 1)];
  }

  // The median of a triangle's corners, as in the figures; null where a corner is not shown.
  function coloursOf(hemi, { map, threshold, tested }) {
    const values = map.values[hemi], passes = tested && map.passes ? map.passes[hemi] : null;
    const { corners, greys } = cortex[hemi];
    const hidden = Array.from(values, (value, vertex) =>
      Number.isNaN(value) || Math.abs(value) < threshold || (passes !== null && !passes[vertex]));
    return greys.map((grey, face) => {
      const [a, b, c] = corners.map((corner) => corner[face]);
      if (hidden[a] || hidden[b] || hidden[c]) return grey;
      return colourOf(map, [values[a], values[b], values[c]].sort((x, y) => x - y)[1]);
    });
  }

  // The hemispheres as one mesh: of two, the older Plotly names the vertex of the wrong one.
  function trace(hemis, state) {
    const { map, kind } = state;
    const parts = hemis.map((hemi) => ({ hemi, values: map.values[hemi], ...cortex[hemi] }));
    const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, part) => sum + part.values.length, 0));
    const [x, y, z] = [0, 1, 2].map((axis) => parts.flatMap((part) => Array.from(part.points[kind][axis])));
    const [i, j, k] = [0, 1, 2].map((corner) =>
      parts.flatMap((part, index) => Array.from(part.corners[corner], (vertex) => vertex + starts[index])));
    return {
      type: "mesh3d", x, y, z, i, j, k, hoverinfo: "text", flatshading: false,
      facecolor: hemis.flatMap((hemi) => coloursOf(hemi, state)),
      text: parts.flatMap(({ hemi, values, regions }) => Array.from(values, (value, vertex) => {
        const region = escaped(data.regions[regions[vertex]]);
        return `${HEMISPHERES[hemi]}${region ? `, ${region}` : ""}<br>${Number.isNaN(value) ? "no value" : text(value, 3)}`;
      })),
      lighting: { ambient: 0.62, diffuse: 0.55, specular: 0.04, roughness: 0.8, fresnel: 0.05 },
      lightposition: { x: 0, y: 0, z: 2000 },
    };
  }

  function text(value, digits) {
    return Number(value.toPrecision(digits)).toString().replace("-", "−");
  }

  // Plotly reads a few tags in a label
  function escaped(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  // --- draw -----------------------------------------------------------------------------------------------------------

  const axis = { visible: false, showspikes: false };
  const layout = {
    margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "#ffffff", hovermode: "closest", showlegend: false,
    scene: { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "data", dragmode: "orbit", camera: { eye: VIEWS.left, up: { x: 0, y: 0, z: 1 } } },
  };
  const settings = { displayModeBar: false, responsive: true, scrollZoom: false };

  function draw() {
    const state = shown();
    const hemis = Object.keys(HEMISPHERES).filter((hemi) => state.side === "both" || state.side === HEMISPHERES[hemi]);
    layout.scene.camera = place.layout?.scene?.camera ?? layout.scene.camera;
    Plotly.react(place, [trace(hemis, state)], layout, settings);
    describe(state);
  }

  // Cells with the layers that were scored; of a test, grey where it does not pass.
  function fillBar({ map, tested }) {
    const bar = control("bar"), [low, high] = map.limits;
    bar.replaceChildren();
    const step = Math.ceil((map.layers?.length ?? 0) / 16);
    bar.style.display = "flex";
    (map.layers ?? []).forEach((layer, index) => {
      const cell = Object.assign(document.createElement("span"), { textContent: index % step ? "" : layer });
      const [red, green, blue] = [1, 3, 5].map((at) => parseInt(map.colours[index].slice(at, at + 2), 16));
      const dark = 0.3 * red + 0.59 * green + 0.11 * blue < 140;
      Object.assign(cell.style, {
        flex: "1 1 0", textAlign: "center", fontSize: ".65rem", lineHeight: ".8rem",
        background: map.colours[index], color: dark ? "#fff" : "#000",
      });
      bar.append(cell);
    });
    const stops = map.colours.map((colour, index) => {
      const at = index / (map.colours.length - 1), value = low + at * (high - low);
      const hidden = map.marks && tested && value > map.marks[0] && value < map.marks[1];
      return `${hidden ? "#bdbdbd" : colour} ${100 * at}%`;
    });
    bar.style.background = map.layers ? "none" : `linear-gradient(to right, ${stops.join(",")})`;
  }

  function describe(state) {
    const { map, threshold, tested } = state;
    control("low").textContent = map.layers ? "layer" : text(map.limits[0], 2);
    control("high").textContent = map.layers ? "" : text(map.limits[1], 2);
    fillBar(state);
    testLabel.hidden = !map.passes;
    control("test-name").textContent = map.test ?? "";
    control("quantity").textContent = map.quantity;
    control("cell").textContent = map.simulated ? `Simulated data. ${map.cell}` : map.cell;
    control("limit").textContent = threshold ? `grey below ${text(threshold, 2)} (size, either sign)` : map.passes && tested ? "" : "all values";
  }

  function newMap() {
    const { map } = shown();
    const largest = Math.max(...map.limits.map(Math.abs));
    Object.assign(control("threshold"), { max: largest, step: largest / 100, value: 0 });
    draw();
  }

  function look(from) {
    layout.scene.camera = { eye: VIEWS[from], up: { x: 0, y: from === "above" || from === "below" ? 1 : 0, z: from === "above" || from === "below" ? 0 : 1 } };
    Plotly.relayout(place, { "scene.camera": layout.scene.camera });
  }

  control("map").addEventListener("change", newMap);
  for (const name of ["surface", "side"]) control(name).addEventListener("change", draw);
  for (const name of ["threshold", "test"]) control(name).addEventListener("change", draw);
  for (const from of Object.keys(VIEWS)) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = from;
    made.addEventListener("click", () => look(from));
    control("views").append(made);
  }

  // drawn when it comes into view: a report is mostly read above it
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    try {
      newMap();
      place.dataset.ready = "yes";
    } catch (error) {
      place.textContent = `This browser cannot draw the maps in three dimensions (${error.message}); the figures below show them.`;
    }
  }, { rootMargin: "400px" });
  seen.observe(place);
})();
