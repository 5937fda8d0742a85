package main

import "strings"

// german are the words of answers to the questionnaire in German, by the English ones.
var german = map[string]string{
	"in answer to this question":                              "in Antwort auf diese Frage",
	"said by the body itself, not in answer to this question": "von der Stelle selbst gesagt, nicht in Antwort auf diese Frage",
	"as somebody else gives its word, which is no answer":     "wie andere sie wiedergeben, was keine Antwort ist",
	"the body asked said nothing that is in this record":      "die gefragte Stelle hat nichts gesagt, was in diesem Verzeichnis steht",
	"also said in answer":                                     "außerdem in der Antwort",
	"beside it":                                               "daneben",
	"earlier":                                                 "früher",
	"a correction":                                            "eine Berichtigung",
	"by way of":                                               "auf dem Weg",
	"forbidden by":                                            "verboten durch",
	"denied by":                                               "verneint durch",
	"contested":                                               "bestritten",
	"referred to":                                             "verwiesen auf",
	"see":                                                     "siehe",
	"said":                                                    "geäußert",
	"entry":                                                   "Eintrag",
	"per":                                                     "laut",
	"a reading":                                               "eine Lesart",
	"fact":                                                    "Tatsache",
	"plan":                                                    "Plan",
	"possibility":                                             "Möglichkeit",
	"rule":                                                    "Regel",
	"more than":                                               "mehr als",
	"fewer than":                                              "weniger als",
	"at least":                                                "mindestens",
	"at most":                                                 "höchstens",
	"about":                                                   "etwa",
	"and about":                                               "und etwa",
	"exercise: nobody said it":                                "Übung: niemand hat es gesagt",
	"more claims are not shown":                               "weitere Aussagen sind nicht gezeigt",
	"as of tree size":                                         "Stand: Baumgröße",
	"from %s to %s, by what is claimed: %s":                   "von %s nach %s, nach dem, was behauptet wird: %s",
	"in %d rows":                                              "in %d Zeilen",

	"ASSERTED": "bejaht", "DENIED": "verneint", "NO_INFORMATION": "keine Erkenntnisse", "WITHHELD": "zurückgehalten", "PENDING": "ausstehend",
	"NO_OPINION": "keine Stellungnahme", "REFERRED": "verwiesen", "NOT_ADDRESSED": "nicht beantwortet", "CONJECTURED": "vermutet",
	"NOT_IN_RECORD": "nicht im Verzeichnis", "RECORDED": "aufgezeichnet", "POSSIBLE": "möglich", "UNKNOWN": "unbekannt",
	"NO_RECORDED_PATH": "kein aufgezeichneter Weg",

	"agency": "Behörde", "agencies": "Behörden", "camera": "Kamera", "cameras": "Kameras", "image": "Bild", "images": "Bilder",
	"person": "Person", "persons": "Personen", "record": "Datensatz", "records": "Datensätze", "search": "Suche", "searches": "Suchen",
}

// in returns words in a language; what has no German wording stays as it is.
func in(language, words string) string {
	if de, ok := german[words]; ok && language == "de" {
		return de
	}
	return words
}

// foreign reports whether a wording is given only in the other language. What is said in it is marked: the record's claims
// are in English.
func (w *wording) foreign(language string) bool {
	own := w.EN
	if language == "de" {
		own = w.DE
	}
	return own == nil || *own == ""
}

// numeral writes a number as a language does: German has dots where English has commas.
func numeral(language string, n int64) string {
	s := grouped(n)
	if language == "de" {
		s = strings.ReplaceAll(s, ",", ".")
	}
	return s
}
