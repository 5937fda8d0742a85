import { settings } from './settings.svelte'

// Where in a document something stands, as the public record gives it: parts between commas, each made of few words.

const own: [RegExp, en: string, de: string][] = [
  [/^p\. (\d+)$/, 'p. $1', 'S. $1'],
  [/^question (\d+[a-z]?)$/, 'question $1', 'Frage $1'],
  [/^questions (\d+[a-z]?) and (\d+[a-z]?)$/, 'questions $1 and $2', 'Fragen $1 und $2'],
  [/^answer (\d+[a-z]?)$/, 'answer $1', 'Antwort $1'],
  [/^answer$/, 'in the answer', 'in der Antwort'],
  [/^report$/, 'in the report', 'im Bericht'],
  [/^title$/, 'in the title', 'im Titel'],
  [/^list of cameras$/, 'in the list of cameras', 'in der Liste der Kameras'],
  [/^preliminary remark$/, 'in the preliminary remark', 'in der Vorbemerkung'],
  [/^preliminary remark of the questioners$/, 'in the preliminary remark of the questioners', 'in der Vorbemerkung der Fragesteller'],
  [/^text of the questioners$/, 'in the text of the questioners', 'im Text der Fragesteller'],
  [/^from earlier answers$/, 'from earlier answers', 'aus früheren Antworten'],
  [/^as given by the questioners$/, 'as given by the questioners', 'wie von den Fragestellern wiedergegeben'],
  [/^as given by the questioners of (bt-\S+)$/, 'as given by the questioners in $1', 'wie von den Fragestellern in $1 wiedergegeben'],
  [/^quoted by the questioners of (bt-\S+)$/, 'as quoted by the questioners in $1', 'wie von den Fragestellern in $1 zitiert'],
  [/^cited in the report$/, 'as cited in the report', 'wie im Bericht zitiert'],
  [/^cited in (bt-\S+)$/, 'as cited in $1', 'wie in $1 zitiert'],
  [/^citing (bt-\S+) and (bt-\S+)$/, 'citing $1 and $2', 'unter Berufung auf $1 und $2'],
  [/^citing Handelsblatt$/, 'citing Handelsblatt', 'unter Berufung auf das Handelsblatt'],
  [/^word of the Hamburg Police$/, 'according to the Hamburg Police', 'nach Angaben der Hamburger Polizei'],
  [/^word of the Senate$/, 'according to the Senate', 'nach Angaben des Senats'],
  [/^word of (Amazon|Hikvision|Ring)$/, 'according to $1', 'nach Angaben von $1'],
  [/^on (Art\. \S+)$/, 'on $1', 'zu $1'],
  [/^on notices and diffusions$/, 'on notices and diffusions', 'zu Ausschreibungen und Diffusionen'],
]

/** A locator in the reader's language; null where it is in words of its source that are none of these, which are quoted then. */
export function locator(given: string): string | null {
  const words = given.split(/[,;] /).map((part) => {
    const found = own.find(([pattern]) => pattern.test(part))
    return found ? part.replace(found[0], found[settings.language === 'de' ? 2 : 1]) : null
  })
  return words.includes(null) ? null : words.join(', ').replace(/\bbt-(\d+)-(\d+)\b/g, 'BT-Drucksache $1/$2')
}
