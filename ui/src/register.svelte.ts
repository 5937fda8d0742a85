import { question } from './ask'
import { graphql } from './graphql'
import { title, type Named } from './format'
import { settings } from './settings.svelte'

export interface Organisation extends Named { country: string | null, exercise: boolean }
export interface System extends Named { operator: { id: string, country: string | null } | null, exercise: boolean }

/** Organisations, systems and purposes, for choosing and for their names. Asked once; ids beyond those stand for themselves (a request gets 1,000 rows of lists). */
export const register = $state<{ organisations: Organisation[], systems: System[], purposes: Named[], asked: boolean }>({ organisations: [], systems: [], purposes: [], asked: false })

const operation = graphql(`query Choices {
  organisations(first: 450) { nodes { id name { en de } country exercise } }
  systems(first: 450) { nodes { id name { en de } operator { id country } exercise } } purposes(first: 100) { nodes { id name { en de } } } }`)

let running: Promise<void> | undefined
export function choices(): Promise<void> { return register.asked ? running! : running = load() }

async function load() {
  register.asked = true
  try {
    const d = await question(operation, {})
    register.organisations = d.organisations.nodes
    register.systems = d.systems.nodes
    register.purposes = d.purposes.nodes
  } catch { register.asked = false } // ids can be typed all the same
}

/** The purpose that an entry states, as the log declares it; as it stands where nobody declared it. */
export function aim(purpose: string | null): string { return purpose ? title(register.purposes.find((p) => p.id === purpose)) || purpose : '' }

/** The organisation or system of an id, with its name where it is declared. */
export const named = (id: string): Named => register.organisations.find((o) => o.id === id) ?? register.systems.find((s) => s.id === id) ?? { id }

// Made once a language: lists of countries are sorted by name, and making it takes longer than a look-up.
const regions = new Map<string, Intl.DisplayNames>()

/** A country by its name in the reader's language, with the code that entries have. */
export function country(code: string): string {
  let names = regions.get(settings.language)
  if (!names) regions.set(settings.language, names = new Intl.DisplayNames([settings.language], { type: 'region' }))
  try { return names.of(code) ?? code } catch { return code }
}
