import { untrack } from 'svelte'

/** How many questions are on their way. */
export const asking = $state({ n: 0 })

/** Counts a question from now until it is settled. */
export function counted<T>(question: Promise<T>): Promise<T> {
  const change = (by: number) => untrack(() => { asking.n += by }) // who asks is not to ask anew because of it
  change(1)
  return question.finally(() => change(-1))
}
