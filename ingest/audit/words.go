package audit

import (
	"slices"
	"strings"
	"unicode"
)

// Words cuts the name of an operation or a thing into its words in lower case: SearchFacesByImage, face_images and
// "api/v1/face-search" alike.
func Words(s string) (list []string) {
	r := []rune(s)
	from := -1
	end := func(i int) {
		if from >= 0 {
			list = append(list, strings.ToLower(string(r[from:i])))
			from = -1
		}
	}
	for i, c := range r {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			end(i)
			continue
		case from >= 0 && unicode.IsUpper(c) && (unicode.IsLower(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])),
			from >= 0 && unicode.IsDigit(c) != unicode.IsDigit(r[i-1]):
			end(i)
		}
		if from < 0 {
			from = i
		}
	}
	end(len(r))
	return list
}

// facial reports whether a name has a word for faces or for what holds them.
func facial(name string) bool {
	return slices.ContainsFunc(Words(name), func(w string) bool {
		switch w {
		case "face", "faces", "facial", "faceprint", "faceprints", "facerecognition", "facedb", "facesearch", "facematch", "faceid",
			"headshot", "headshots", "portrait", "portraits", "passfoto", "passfotos", "visage", "visages":
			return true
		}
		return strings.HasPrefix(w, "mugshot") || strings.HasPrefix(w, "gesicht") || strings.HasPrefix(w, "lichtbild")
	})
}
