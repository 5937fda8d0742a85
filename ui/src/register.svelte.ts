import { question } from './ask'
import { graphql } from './graphql'
import type { Named } from './format'

export interface Organisation extends Named { country: string | null, exercise: boolean }
export interface System extends Named { operator: { id: string, country: string | null } | null, exercise: boolean }

/** Organisations and systems, for choosing and for their names. Asked once; beyond the first 500 of each, ids stand for themselves. */
export const register = $state<{ organisations: Organisation[], systems: System[], asked: boolean }>({ organisations: [], systems: [], asked: false })

const operation = graphql(`query Choices {
  organisations(first: 500) { nodes { id name { en de } country exercise } }
  systems(first: 500) { nodes { id name { en de } operator { id country } exercise } } }`)

let running: Promise<void> | undefined
export function choices(): Promise<void> { return register.asked ? running! : running = load() }

async function load() {
  register.asked = true
  try {
    const d = await question(operation, {})
    register.organisations = d.organisations.nodes
    register.systems = d.systems.nodes
  } catch { register.asked = false } // ids can be typed all the same
}
