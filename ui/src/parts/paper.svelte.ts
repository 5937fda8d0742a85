// What a page does before it is printed, so that the report has all that it can hold.

/** How many rows of a table are printed at most. */
export const most = 2000

let fill: (() => Promise<void>) | null = null

/** The page that is shown asks for the rows that a report wants and that it has not yet. Call it while a component is set up. */
export function onPaper(load: () => Promise<void>) {
  $effect(() => { fill = load; return () => { if (fill === load) fill = null } })
}

/** Has the page that is shown ask for what it prints. */
export async function prepare() { await fill?.() }
