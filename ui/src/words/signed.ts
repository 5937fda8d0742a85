// Words of the check of a source's own signature.
export const signedWords = {
  'signed.verified': ['Checked here: the signature holds.', 'Hier geprüft: Die Signatur stimmt.'],
  'signed.failed': ['Checked here: the signature does not hold.', 'Hier geprüft: Die Signatur stimmt nicht.'],
  'signed.unchecked': ['Not checked here.', 'Hier nicht geprüft.'],
  'signed.why.certificate': ['The key is not declared itself but certified by one that is, and this page does not follow certificates.', 'Der Schlüssel ist nicht selbst eingetragen, sondern durch einen eingetragenen zertifiziert, und Zertifikaten geht diese Seite nicht nach.'],
  'signed.why.algorithm': ['This page knows ECDSA, Ed25519 and RSA; the key is of another kind.', 'Diese Seite kennt ECDSA, Ed25519 und RSA; der Schlüssel ist von anderer Art.'],
  'signed.absent': ['Not checked here: the server did not give what the source signed.', 'Hier nicht geprüft: Der Server hat nicht hergegeben, was die Quelle signiert hat.'],
  'signed.scope': ['The log checked it when the entry was handed in; this page did not: what the source signed tells of its whole batch and is for oversight bodies alone.', 'Das Protokoll hat sie bei der Einlieferung geprüft, diese Seite nicht: Was die Quelle signiert hat, sagt etwas über ihre ganze Lieferung und ist nur für Aufsichtsstellen bestimmt.'],
  'signed.step.envelope': ['What was signed is what the entry names', 'Signiert ist, was der Eintrag nennt'],
  'signed.step.statement': ['It is of this source and this batch', 'Es ist von dieser Quelle und dieser Lieferung'],
  'signed.step.covers': ['It covers this entry (path to the root of the batch)', 'Es deckt diesen Eintrag (Pfad zur Wurzel der Lieferung)'],
  'signed.step.key': ['The key is the one that the entry names', 'Der Schlüssel ist der, den der Eintrag nennt'],
  'signed.step.signature': ['The key signed it', 'Der Schlüssel hat es signiert'],
  'signed.trust': ['That the key is the source\'s, and was valid when the entry was handed in, is what the log says. To check all such signatures without this page:', 'Dass der Schlüssel der der Quelle ist und bei der Einlieferung gültig war, sagt das Protokoll. So werden alle diese Signaturen ohne diese Seite geprüft:'],
  'signed.key': ['The entry that declares the key', 'Der Eintrag, der den Schlüssel ins Register aufnimmt'],
} satisfies Record<string, [string, string]>
