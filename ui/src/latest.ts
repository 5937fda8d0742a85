import { onDestroy } from 'svelte'

/**
 * Says of what is asked whether it is still wanted: each call gives a signal, which ends when the next is given or the page or part that asks is left.
 * What is answered after that is for a view that is gone, and changes nothing. Call it while a component is set up.
 */
export function latest(): () => AbortSignal {
  let own: AbortController | undefined
  onDestroy(() => own?.abort())
  return () => {
    own?.abort()
    own = new AbortController()
    return own.signal
  }
}
