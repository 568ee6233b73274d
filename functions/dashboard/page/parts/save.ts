// Files that the page makes: CSV of what a chart or a table shows, PNG of a chart.

export function saveCsv(name: string, titles: readonly string[], rows: readonly (readonly unknown[])[]): void {
  const lines = [titles, ...rows].map((cells) => cells.map(csvCell).join(","));
  save(`${name}.csv`, new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
}

export function savePng(name: string, canvas: HTMLCanvasElement): void {
  // On the page's own ground: a canvas is transparent, and would be black on black elsewhere.
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext("2d");
  if (context === null) return;
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => blob !== null && save(`${name}.png`, blob));
}

/** A cell that a spreadsheet would take for a formula is text. */
function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function save(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name.replaceAll(/[^\w.-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
