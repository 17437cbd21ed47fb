// What the page does beyond showing itself: sort, search and save tables, copy texts, follow the reader, open all for paper.
// Without it everything is there to read.
"use strict";

// --- tables -----------------------------------------------------------------------------------------------------------

// The first number of a cell; "−" is a minus sign, and spaces group digits. null where there is none.
function numberOf(text) {
  const plain = text.replace(/[\u202f\u00a0,](?=\d{3})/g, "").replace(/−/g, "-").trim();
  const found = plain.match(/^[<>≤≥]?\s*(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)/i);
  return found ? Number(found[1]) : null;
}

function compareCells(a, b) {
  const x = numberOf(a), y = numberOf(b);
  if (x !== null && y !== null) return x - y;
  if (x !== null || y !== null) return x === null ? 1 : -1; // numbers first
  return a.localeCompare(b, undefined, { numeric: true });
}

function sortBy(table, column, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, index) => ({ row, index, text: row.cells[column].textContent.trim() }));
  rows.sort((a, b) => (down ? -1 : 1) * compareCells(a.text, b.text) || a.index - b.index);
  body.append(...rows.map((entry) => entry.row));
}

function search(table, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
}

// A cell as a spreadsheet takes it for text: an apostrophe stands before a name that would be a formula.
function cellOf(cell) {
  return cell.textContent.trim().replace(/[\t\r\n]+/g, " ").replace(/^(?=[=@]|[+-](?![\d.]|$))/, "'");
}

function saveAs(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/tab-separated-values" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
}

for (const table of document.querySelectorAll("table[data-name]")) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const sorts = button(header.textContent, () => sortBy(table, column, header));
    header.replaceChildren(sorts);
  });
  const tools = document.createElement("div");
  tools.className = "tools";
  if (table.tBodies[0].rows.length > 8) {
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = "search rows";
    field.setAttribute("aria-label", "search rows of this table");
    field.addEventListener("input", () => search(table, field.value));
    tools.append(field);
  }
  tools.append(button("save as TSV", () => {
    const lines = [...table.rows].filter((row) => !row.hidden);
    saveAs(`${table.dataset.name}.tsv`, lines.map((row) => [...row.cells].map(cellOf).join("\t")).join("\n") + "\n");
  }));
  table.closest(".scroll").before(tools);
}

// --- texts ------------------------------------------------------------------------------------------------------------

for (const text of document.querySelectorAll("[data-copy]")) {
  const copies = button("copy", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent.trim());
      copies.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(text); // a page opened from disk may lack the clipboard: Ctrl-C does it
      copies.textContent = "selected: press Ctrl-C";
    }
  });
  copies.className = "copy";
  text.before(copies);
}

// --- where the reader is ----------------------------------------------------------------------------------------------

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const sections = [...document.querySelectorAll("main section[id]")].filter((section) => links.has(section.id));
function follow() {
  const above = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
  const current = links.get((above.at(-1) ?? sections[0])?.id);
  for (const link of links.values()) link === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
}
addEventListener("scroll", follow, { passive: true });
follow();

// a link to something inside a closed part opens it
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target.scrollIntoView();
}
addEventListener("hashchange", openTarget);
openTarget();

const contents = document.querySelector(".contents details");
if (contents && innerWidth <= 1088) contents.open = false;

addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
});
