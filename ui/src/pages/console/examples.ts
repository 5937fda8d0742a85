import type { Word } from '../../words'

/** Questions that others asked first, with variables where they take some. They are checked against the schema (examples.test.ts). */
export const examples: { name: Word, query: string, variables?: Record<string, unknown> }[] = [
  { name: 'ex.image', query: `query Image($digest: String!) {
  events(filter: { digests: [$digest], kinds: [QUERY, DISCLOSE] }, order: OCCURRED) {
    treeSize
    complete
    nodes {
      id kind occurred purpose basis exercise
      from { system { id } organisation { id } }
      to { system { id } organisation { id } }
      databases { system { id } }
      signature { attested }
    }
  }
}
`, variables: { digest: 'sha256:014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962' } },
  { name: 'ex.claims', query: `query Claims {
  claims(filter: { subjects: ["Clearview AI", "ICIS", "DTECH", "FIRST"], parts: true }, first: 100) {
    complete
    nodes {
      stance modality
      proposition { id contested }
      claimant { id }
      reporter { id }
      citation { source locator }
      text { en de }
    }
  }
}
` },
  { name: 'ex.counts', query: `query Searches {
  top: counts(by: [ACTOR, ORGANISATION], filter: { kinds: [QUERY] }, first: 10) {
    total
    rows { keys { key value actor { id { value absent } } } count exercise }
  }
  gaps: counts(by: [MISSING], filter: { kinds: [QUERY] }) {
    total
    rows { keys { value absent } count exercise }
  }
}
` },
  { name: 'ex.flows', query: `query Vendors {
  flows(by: ORGANISATION, filter: { to: ["Clearview AI"], kinds: [DISCLOSE, RECEIVE] }) {
    complete
    rows { from { organisation { id } } count exercise sent { entries } received { entries } }
  }
}
` },
  { name: 'ex.reach', query: `query Reach {
  reach(from: { country: "DE" }, to: "Clearview AI") {
    verdict
    complete
    path { edges { edge standing from { system { id } organisation { id } } to { system { id } organisation { id } } claims { stance claimant { id } } } }
    deniedBy { claimant { id } text { en de } }
    forbiddenBy { claimant { id } text { en de } }
  }
}
` },
  { name: 'ex.unmatched', query: `query Unmatched {
  events(filter: { unmatched: true }, order: OCCURRED_DESC) {
    complete
    nodes { id kind occurred exercise from { organisation { id } } to { organisation { id } } counterpart { due overdue } }
  }
}
` },
  { name: 'ex.accesses', query: `query Readers {
  accesses(first: 20) {
    complete
    nodes { recorded role purpose way operation reader { value absent } opened { kind pseudonym } }
  }
}
` },
  { name: 'ex.sources', query: `query Sources {
  sources { id entries lastSign silentSeconds heartbeatSeconds overdue gaps { from to seconds } }
}
` },
  { name: 'ex.proof', query: `query Proof($entry: ID!) {
  proof(event: $entry) {
    index leafHash path
    checkpoint { origin size root note }
  }
}
`, variables: { entry: '0' } },
  { name: 'ex.live', query: `subscription Live($filter: EventFilter, $after: String) {
  events(filter: $filter, after: $after) {
    cursor treeSize
    event { id index kind occurred exercise from { system { id } } to { system { id } } standing }
  }
}
`, variables: { filter: { kinds: ['QUERY', 'DISCLOSE', 'RECEIVE'] }, after: null } },
]
