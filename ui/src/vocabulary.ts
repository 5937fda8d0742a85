import { hasWords, say, term, type Word } from './words'

// Which vocabulary a field of an entry speaks in: its path as pages/event.ts gives it, without the numbers of what there are several of.
const vocabularies: [RegExp, string][] = [
  [/^operation$/, 'operation'],
  [/(^|\.)class$/, 'recipientclass'],
  [/^input$/, 'input'],
  [/^mode$/, 'mode'],
  [/^result\.state$/, 'result'],
  [/^authorisation\.state$/, 'authorisation'],
  [/^case\.offence$/, 'offence'],
  [/^transfer\.ground$/, 'ground'],
  [/^transfer\.conditions$/, 'condition'],
  [/^persons\.role$/, 'personrole'],
  [/\.role$/, 'function'],
  [/(^|\.)method$/, 'method'],
  [/\.scope$/, 'scope'],
  [/\.anchor$/, 'anchor'],
  [/^declaration\.type$/, 'declares'],
  [/^declaration\.system\.type$/, 'systemtype'],
  [/^(link|redaction)\.subject$/, 'subject'],
  [/\.key\.use$/, 'keyuse'],
  [/^admit\.outcome$/, 'outcome'],
  [/^admit\.attested$/, 'attested'],
]

/** A field's value in words, where the page has words for it; else as it stands. */
export function worded(path: string, value: string): string {
  const bare = path.replace(/ \d+/g, '')
  if (/\.(minimum|maximum)$/.test(bare)) return duration(value)
  const of = vocabularies.find(([like]) => like.test(bare))
  return of ? known(of[1], value) : value
}

/** A member of an open vocabulary: in words where the page knows some, else as it stands. */
export function known(vocabulary: string, member: string | null | undefined): string {
  return member && hasWords(vocabulary, member) ? term(vocabulary, member) : member ?? ''
}

/** A duration of ISO 8601 that has one part, as rules have it. */
function duration(d: string): string {
  const part = /^P(\d+)([YMWD])$/.exec(d)
  return part ? say(`span.${part[2]}` as Word, { n: part[1] }) : d
}
