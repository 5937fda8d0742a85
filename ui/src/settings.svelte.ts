// What the person in front of the page chose. Language and theme stay; purpose and token are gone when the tab is closed.

export type Language = 'en' | 'de'
export type Theme = 'auto' | 'light' | 'dark'

function read(store: Storage, name: string): string {
  try { return store.getItem('lichtspur.' + name) ?? '' } catch { return '' }
}

function write(store: Storage, name: string, value: string) {
  // A browser may forbid to keep things; the page works all the same, until it is loaded anew.
  try { value ? store.setItem('lichtspur.' + name, value) : store.removeItem('lichtspur.' + name) } catch { /* not kept */ }
}

const language = read(localStorage, 'language') || (navigator.language.startsWith('de') ? 'de' : 'en')

export const settings = $state({
  language: language as Language,
  theme: (read(localStorage, 'theme') || 'auto') as Theme,
  /** Of the visit: a member of purposes, '' until it was asked. */
  purpose: read(sessionStorage, 'purpose'),
  /** The purpose in the reader's own words: a file number, a resolution. */
  purposeText: read(sessionStorage, 'purposeText'),
  token: read(sessionStorage, 'token'),
  /** Verifier key of the log (C2SP signed-note), which the reader got by another way than this server. */
  key: read(localStorage, 'key'),
  /** Whether keys without Ctrl do something (WCAG 2.1.4: they can be turned off). */
  singleKeys: read(localStorage, 'singleKeys') !== 'off',
})

export function setLanguage(l: Language) { settings.language = l; write(localStorage, 'language', l) }
export function setTheme(t: Theme) { settings.theme = t; write(localStorage, 'theme', t) }
export function setKey(k: string) { if (k !== settings.key) write(localStorage, 'head', ''); settings.key = k; write(localStorage, 'key', k) }

/** The last head of the pinned key's log that was verified here, and when. */
export interface KeptHead { size: number, root: string, note: string, when: string }
export function keptHead(): KeptHead | null {
  try {
    const h = JSON.parse(read(localStorage, 'head'))
    return Number.isSafeInteger(h?.size) && typeof h.root === 'string' && typeof h.note === 'string' ? h : null
  } catch { return null }
}
export function keepHead(h: KeptHead) { write(localStorage, 'head', JSON.stringify(h)) }
export function setSingleKeys(on: boolean) { settings.singleKeys = on; write(localStorage, 'singleKeys', on ? '' : 'off') }
export function setVisit(purpose: string, text: string, token: string) {
  Object.assign(settings, { purpose, purposeText: text, token })
  write(sessionStorage, 'purpose', purpose)
  write(sessionStorage, 'purposeText', text)
  write(sessionStorage, 'token', token)
}
