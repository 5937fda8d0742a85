import { isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, isScalarType, parse, print, TokenKind, typeFromAST, valueFromASTUntyped, type DocumentNode, type GraphQLInputType, type GraphQLSchema, type OperationDefinitionNode, type Token, type TypeNode } from 'graphql'

// What the page knows of the text in the editor, without asking anybody.

export interface Declared { name: string, type: string, required: boolean }

/** The operations of a document; none where it cannot be read. */
export function operations(text: string): OperationDefinitionNode[] {
  let doc: DocumentNode
  try { doc = parse(text) } catch { return [] }
  return doc.definitions.filter((d) => d.kind === 'OperationDefinition')
}

export const nameOf = (o: OperationDefinitionNode) => o.name?.value ?? ''

/** The variables that an operation takes. */
export function declared(o: OperationDefinitionNode | undefined): Declared[] {
  return (o?.variableDefinitions ?? []).map((v) => ({ name: v.variable.name.value, type: print(v.type), required: v.type.kind === 'NonNullType' && !v.defaultValue }))
}

/** Variables with what is missing of those that must be given, ready to be written over. */
export function filled(o: OperationDefinitionNode, schema: GraphQLSchema | null, values: Record<string, unknown>): Record<string, unknown> {
  const out = { ...values }
  for (const v of o.variableDefinitions ?? []) {
    const name = v.variable.name.value
    if (name in out || v.type.kind !== 'NonNullType' && !v.defaultValue) continue
    const type = schema && typeFromAST(schema, v.type as TypeNode & { kind: 'NamedType' }) as GraphQLInputType | undefined
    out[name] = v.defaultValue ? valueFromASTUntyped(v.defaultValue) : type ? blank(type) : ''
  }
  return out
}

function blank(type: GraphQLInputType, depth = 0): unknown {
  if (isNonNullType(type)) return blank(type.ofType, depth)
  if (isListType(type)) return [blank(type.ofType, depth)]
  if (isEnumType(type)) return type.getValues()[0].name
  if (isInputObjectType(type)) return Object.fromEntries(depth > 3 ? [] : Object.values(type.getFields()).filter(isRequiredInputField).map((f) => [f.name, blank(f.type, depth + 1)]))
  return isScalarType(type) && ['Int', 'Long', 'Float'].includes(type.name) ? 0 : isScalarType(type) && type.name === 'Boolean' ? false : ''
}

/** The text as it is usually written, with its comments; null where it cannot be read. */
export function pretty(text: string): string | null {
  try {
    const doc = parse(text), out = print(doc), comments: { text: string, before: number }[] = []
    let n = 0
    for (const t of tokens(doc)) t.kind === TokenKind.COMMENT ? comments.push({ text: '#' + t.value, before: n }) : n++
    if (!comments.length) return out + '\n'
    // Each comment stands before the token that it stood before: both texts have the same ones, but for the word of a query without a name.
    const printed = tokens(parse(out)).filter((t) => t.kind !== TokenKind.COMMENT)
    if (printed.length !== n) return null
    const lines = out.split('\n'), at = new Map<number, string[]>()
    for (const c of comments) { const next = printed[c.before], line = next ? next.line - 1 : lines.length; at.set(line, [...at.get(line) ?? [], c.text]) }
    return [...lines.flatMap((l, i) => [...(at.get(i) ?? []).map((c) => l.match(/^ */)![0] + c), l]), ...at.get(lines.length) ?? []].join('\n') + '\n'
  } catch { return null }
}

function tokens(doc: DocumentNode): Token[] {
  const out: Token[] = []
  for (let t: Token | null = doc.loc!.startToken.next; t && t.kind !== TokenKind.EOF; t = t.next) out.push(t)
  return out
}

const quoted = (s: string) => "'" + s.replaceAll("'", `'\\''`) + "'"

/** A command of a shell that asks the same. Whoever runs it puts the token in: it is not written down. */
export function curl(url: string, headers: Record<string, string>, body: unknown, stream: boolean): string {
  const all = Object.entries({ ...headers, Accept: stream ? 'text/event-stream' : 'application/graphql-response+json' }).map(([k, v]) => k === 'Authorization' ? '-H "Authorization: Bearer $TOKEN"' : '-H ' + quoted(k + ': ' + v))
  return ['curl ' + (stream ? '-sN ' : '-s ') + quoted(url), ...all, '--data-binary ' + quoted(JSON.stringify(body))].join(' \\\n  ')
}
