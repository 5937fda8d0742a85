import type { initGraphQLTada, ResultOf, TadaDocumentNode, VariablesOf } from 'gql.tada'
import type { introspection } from '../.run/schema'

// Types of answers come from the schema's own text (../schema/*.graphql): "npm run check" makes .run/schema.d.ts of it, and an operation
// that asks for what the schema has not, or a page that reads what it did not ask for, does not pass. Nothing of that is there at run time.
type Typed = ReturnType<typeof initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: { ID: string, Long: number, Period: string, DateTime: string }
}>>

/** An operation, or a fragment, with the types of what it answers and takes. At run time it is its text, with that of the fragments after it, each once. */
export const graphql = ((text: string, fragments: string[] = []) => [...new Set([text, ...fragments].join('\n').split(/\n(?=fragment )/))].join('\n')) as unknown as Typed

export type Operation<Answer, Variables> = TadaDocumentNode<Answer, Variables>
export type { ResultOf, VariablesOf }
