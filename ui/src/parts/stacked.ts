import { settings } from '../settings.svelte'

/** Where it is narrow a row of the table is a card, each cell with the name of its column: page.css writes it, this tells which. */
export function stacked(table: HTMLTableElement) {
  void settings.language
  table.querySelectorAll('thead th').forEach((th, i) => table.style.setProperty('--h' + (i + 1), JSON.stringify(th.textContent!.trim())))
}
