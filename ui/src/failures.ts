import type { Problem } from './problem'
import { failureWords } from './words/failures'

/**
 * What one can do after a failure. again: ask the same once more, where that can help. narrow: ask for less. address: take things out of
 * the address. visit: another purpose or token. reload: load the page itself anew.
 */
export type Way = 'again' | 'narrow' | 'address' | 'visit' | 'reload'

const ways: Record<string, Way[]> = {
  NETWORK: ['again'], NOT_READY: ['again'], NO_ANSWER: ['again'], HTTP: ['again'], ERROR: ['again', 'reload'], INTERNAL: ['again'], TOKENS_UNREADABLE: ['again'],
  TIMEOUT: ['narrow', 'again'], BUSY: ['again', 'narrow'], TOO_COSTLY: ['narrow', 'address'], TOO_MANY_SUBJECTS: ['narrow', 'address'], TOO_LARGE: ['address'], TOO_DEEP: ['address'],
  BAD_ARGUMENT: ['address'], NOT_FOUND: ['address'], PERSONAL_IN_URL: ['address'], BAD_CURSOR: ['again'],
  BAD_REQUEST: ['reload', 'address'], GRAPHQL_PARSE_FAILED: ['reload'], GRAPHQL_VALIDATION_FAILED: ['reload', 'address'], METHOD: ['reload'], MEDIA_TYPE: ['reload'], NOT_ACCEPTABLE: ['reload'],
  PERSISTED_QUERY_NOT_FOUND: [], UNTRUSTED_DOCUMENT: [], ORIGIN: [], NOT_LOCAL: [],
  TOO_MANY_STREAMS: ['again'], STALLED: ['again'], STOPPING: ['again'],
  NO_TOKEN: ['visit'], UNKNOWN_TOKEN: ['visit'], EXPIRED_TOKEN: ['visit'], REVOKED_TOKEN: ['visit'], NO_ROLE: ['visit'], NO_PURPOSE: ['visit'], FORBIDDEN: ['visit'],
}

/** The code as this page has words for it: that of the server, HTTP for an answer without one, ERROR for what nobody foresaw. */
export function known(code: string): keyof typeof ways { return Object.hasOwn(ways, code) ? code : code.startsWith('HTTP_') ? 'HTTP' : 'ERROR' }
export const codes = Object.keys(ways)
export const waysOf = (code: string): Way[] => ways[known(code)]
export const wordOf = (code: string) => ('fail.' + known(code)) as keyof typeof failureWords

/** Why a list or picture is not whole, in words; '' where the page knows none and the server's own stand. */
export function cutWord(reason: string | null): 'incomplete.opened' | '' { return reason?.startsWith('the filter asks for what no index holds') ? 'incomplete.opened' : '' }

/** Seconds to wait that the server asks for; 0: none. */
export const waitOf = (p: Pick<Problem, 'after'>) => Math.min(p.after, 120)
