package testkit

import "testing"

func TestGrade(t *testing.T) {
	for text, want := range map[string][2]float64{
		"":                        {0, 0},
		"The cat sat on the mat.": {-1.5, -1.4},
		"The Australian platypus is seemingly a hybrid of a mammal and reptilian " +
			"creature.": {10.5, 12}, // 24 syllables in 13 words: 11.3
		"Notwithstanding considerable organisational uncertainty, accountability arrangements necessitate " +
			"comprehensive documentation.": {25, 45},
	} {
		if g := Grade(text); g < want[0] || g > want[1] {
			t.Errorf("%q reads at %.2f", text, g)
		}
	}
}
