import { settings } from './settings.svelte'
import { say, term } from './words'

const locale = () => settings.language === 'de' ? 'de-DE' : 'en-GB'

// Making a formatter takes a hundred times as long as using it.
const numbers: Record<string, Intl.NumberFormat> = {}
const instants: Record<string, Intl.DateTimeFormat> = {}, days: Record<string, Intl.DateTimeFormat> = {}, months: Record<string, Intl.DateTimeFormat> = {}

export function number(n: number): string { return (numbers[locale()] ??= new Intl.NumberFormat(locale())).format(n) }

/** An instant in UTC, zone and all. */
export function instant(iso: string): string {
  const d = new Date(iso)
  return isNaN(+d) ? iso : (instants[locale()] ??= new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })).format(d) + ' UTC'
}

function point(p: string): string {
  if (p.includes('T')) return instant(p)
  const [y, m, d] = p.split('-').map(Number)
  if (d) return (days[locale()] ??= new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' })).format(Date.UTC(y, m - 1, d))
  if (m) return (months[locale()] ??= new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' })).format(Date.UTC(y, m - 1, 1))
  return p
}

/** A time with its precision, as a source gives it: no more is said than the source said. */
export function period(p: string): string {
  const [a, b] = p.split('/')
  if (b === undefined) return point(a)
  if (a === '..') return (settings.language === 'de' ? 'bis ' : 'until ') + point(b)
  if (b === '..') return (settings.language === 'de' ? 'ab ' : 'from ') + point(a)
  return point(a) + ' – ' + point(b)
}

export interface Wording { en?: string | null, de?: string | null, absent?: string | null }

/** The wording in the reader's language, or in the other one, with the language that it is in. */
export function wording(t: Wording | null | undefined): { text: string, lang: string } | null {
  const own = settings.language, other = own === 'de' ? 'en' : 'de'
  if (t?.[own]) return { text: t[own]!, lang: own }
  if (t?.[other]) return { text: t[other]!, lang: other }
  return null
}

export interface Named { id: string, name?: Wording | null }

export function title(n: Named | null | undefined): string { return n ? wording(n.name)?.text ?? n.id : '' }

export interface Amount { amount: number, bound: string, exclusive: boolean, unit: string }

export function amount(q: Amount): string {
  const de = settings.language === 'de'
  const sign = q.bound === 'AT_LEAST' ? (q.exclusive ? (de ? 'mehr als ' : 'more than ') : (de ? 'mindestens ' : 'at least '))
    : q.bound === 'AT_MOST' ? (q.exclusive ? (de ? 'weniger als ' : 'fewer than ') : (de ? 'höchstens ' : 'at most '))
    : q.bound === 'ABOUT' ? (de ? 'etwa ' : 'about ') : ''
  return sign + number(q.amount) + ' ' + term('unit', q.unit, q.amount)
}

/** How much a step moved: as it is recorded, or else as they say who speak of it, each amount once. */
export function moved(step: { quantity: Amount | null, claims: readonly { quantity: Amount | null }[] }): { amounts: Amount[], said: boolean } {
  if (step.quantity) return { amounts: [step.quantity], said: false }
  const of = (q: Amount) => [q.amount, q.bound, q.exclusive, q.unit].join()
  return { amounts: [...new Map(step.claims.flatMap((c) => c.quantity ? [[of(c.quantity), c.quantity] as const] : [])).values()], said: true }
}

/** The same in words; empty where nobody says how much. */
export function movedWords(step: Parameters<typeof moved>[0]): string {
  const { amounts, said } = moved(step)
  return amounts.length ? amounts.map(amount).join('; ') + (said ? ` (${say('fl.assaid')})` : '') : ''
}

export interface Sum { unit: string, entries: number, atLeast: number, atMost: number | null, exact: boolean, about: number | null }

/** A sum with its bounds: never more exact than what it is made of. */
export function sum(s: Sum): string {
  const de = settings.language === 'de', parts: string[] = []
  if (s.exact) parts.push(number(s.atLeast))
  else if (s.atLeast || s.about === null) parts.push(s.atMost === null || s.about !== null ? (de ? 'mindestens ' : 'at least ') + number(s.atLeast) : number(s.atLeast) + '–' + number(s.atMost))
  if (s.about !== null) parts.push((de ? 'etwa ' : 'about ') + number(s.about))
  const last = s.about ?? s.atMost ?? s.atLeast
  return parts.join(' + ') + ' ' + term('unit', s.unit, last)
}

/** A share, 0 to 1, in percent. What is there is never shown as nothing. */
export function share(part: number): string {
  return part > 0 && part < .0005 ? '< ' + (0.0005).toLocaleString(locale(), { style: 'percent', maximumFractionDigits: 2 }) : part.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: 1 })
}

/** A span of time, in its two greatest units. */
export function seconds(n: number): string {
  const names = settings.language === 'de' ? [' T', ' Std', ' Min', ' s'] : [' d', ' h', ' min', ' s']
  const parts = [Math.floor(n / 86_400), Math.floor(n / 3600) % 24, Math.floor(n / 60) % 60, Math.floor(n) % 60]
  const first = Math.max(0, parts.findIndex((p) => p > 0))
  return n < 1 ? '0' + names[3] : parts.slice(first, first + 2).flatMap((p, i) => p ? [number(p) + names[first + i]] : []).join(' ')
}
