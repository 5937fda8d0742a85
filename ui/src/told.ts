// Whether what the page draws of an entry is what its leaf and its open values say: each field that the page asked for, one by one.
// What the server works out for itself is not held to the leaf: the names of organisations, systems and documents, operation,
// standing, the other side of a transfer, what a redaction closed, and, of a batch that its source sealed, when the log recorded it.
import type { Entry } from './pages/event'

type Fields = Record<string, any>

/** JSON pointers of what is worked out, or is shown out of the whole event, which is compared as it is. */
const beside = new Set(['/index', '/leafHash', '/operation', '/standing', '/counterpart', '/redactions', '/json', '/signature', '/recorded', '/source', '/declares',
  '/admit', '/access', '/declaration', '/link', '/redaction', '/review', '/visibility',
  '/claim/id', '/claim/index', '/claim/document', '/claim/question', '/claim/addressee', '/claim/referredTo', '/claim/proposition/contested',
  '/claim/proposition/type', '/claim/proposition/subject', '/claim/proposition/from', '/claim/proposition/to', '/claim/proposition/population'])

/** What stands for a sealed value that is not open here. */
const closed = ['REDACTED', 'OUT_OF_SCOPE', 'HIDDEN']

const nothing = (v: unknown) => v === undefined || v === null || v === false || (Array.isArray(v) && !v.length)

/** The fields of the event under the names that they are drawn by. */
function expected(event: Fields, leaf: Fields): Fields {
  const { id, images, relates, claim, ...rest } = event
  return { ...rest, id: leaf.entry, sourceId: id,
    images: images?.map((m: Fields) => ({ ...m, role: m.role ?? 'SUBJECT' })),
    relates: relates?.map(({ id, ...r }: Fields) => ({ ...r, sourceId: id })),
    claim: claim && { ...claim, said: event.occurred, text: event.text, citation: event.citation, exercise: event.exercise } }
}

/**
 * The JSON pointer of the first field whose drawing is not what the entry says, null where all are.
 *
 * event is what leaf and open values make; open are the pointers of these values. A value that the leaf says is sealed and that is
 * not open is drawn as such, and none that is not sealed as erased; what is said to be empty, or withheld by the source, is so.
 */
export function misdrawn(drawn: Entry, leaf: Fields, event: Fields, open: ReadonlySet<string>): string | null {
  const sealed: string[] = (leaf.sealed ?? []).filter((p: string) => !open.has(p)), withheld: string[] = leaf.withheld ?? []
  const kept = (at: string) => withheld.some((w) => at === w || at.startsWith(w + '/'))
  const reason = (at: string, why: string | null | undefined) => sealed.includes(at) ? closed.includes(why!)
    : why === 'WITHHELD_BY_SOURCE' ? kept(at) : why === 'EMPTY' ? !kept(at) : why === 'OUT_OF_SCOPE' || why === 'HIDDEN'

  function differs(shown: any, is: any, at: string): string | null {
    if (beside.has(at)) return null
    if (at === '/text') return wording(shown, is, at)
    if (shown && typeof shown === 'object' && !Array.isArray(shown)) {
      if ('absent' in shown && 'value' in shown) return nothing(shown.value) ? nothing(is) && reason(at.replace(/sourceId$/, 'id'), shown.absent) ? null : at : shown.value === is && !shown.absent ? null : at
      if (typeof shown.id === 'string' && 'name' in shown) return shown.id === is ? null : at // of the register
      if (typeof is !== 'object' || is === null || Array.isArray(is)) return at
      for (const name of new Set([...Object.keys(shown), ...Object.keys(is)])) {
        const found = differs(shown[name], is[name], `${at}/${name}`)
        if (found) return found
      }
      return null
    }
    if (nothing(shown)) return is === undefined ? shown === false && at.endsWith('/replied') ? at : null : is === shown ? null : at // null: it was not said whether a database replied
    if (!Array.isArray(shown)) return shown === is ? null : at
    if (!Array.isArray(is) || is.length !== shown.length) return at
    for (const [i, x] of shown.entries()) {
      const found = differs(x, is[i], `${at}/${i}`)
      if (found) return found
    }
    return null
  }

  // The text of the event is a wording in two languages, and one reason where it has neither.
  function wording(shown: Entry['text'], is: Fields | undefined, at: string) {
    if (typeof shown === 'string' || (shown?.en ?? null) !== (is?.en ?? null) || (shown?.de ?? null) !== (is?.de ?? null)) return at
    if (is) return shown?.absent ? at : null
    if (sealed.includes('/text/en') || sealed.includes('/text/de')) return closed.includes(shown?.absent ?? '') ? null : at
    return reason(at + '/en', shown?.absent ?? 'EMPTY') || reason(at + '/de', shown?.absent ?? 'EMPTY') ? null : at
  }

  return told(drawn, leaf, event) ?? differs(drawn, expected(event, leaf), '')
}

/** What the leaf says of its handing in, and what is drawn of a declaration beside the whole of it. */
function told(drawn: Entry, leaf: Fields, event: Fields): string | null {
  const { admit } = leaf, { signature } = drawn
  if (drawn.source !== leaf.source || signature?.source !== leaf.source) return '/source'
  if (signature.attested !== (admit ? 'LOG' : 'SOURCE')) return '/signature'
  if (admit && (signature.key ?? null) !== (leaf.kind === 'ADMIT' ? null : admit.key ?? null)) return '/signature'
  if (admit && Date.parse(drawn.recorded) !== Date.parse(admit.recorded)) return '/recorded'
  const d = event.declaration
  return !drawn.declares === !d && drawn.declares?.type === d?.type && drawn.declares?.id === d?.id ? null : '/declares'
}
