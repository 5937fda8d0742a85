import { settings } from './settings.svelte'

/** Whether the reader is being asked for the purpose of the visit, and who the server says that it is. */
export const visit = $state({ open: !settings.purpose, me: null as null | { name: string, role: string, organisations: string[] } })
