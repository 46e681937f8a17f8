package signing

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"assay/internal/fault"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// sealPage is an A4 page with lines of "text" and a seal in its corner,
// as printed at the given resolution.
func sealPage(t testing.TB, text string, dpi float64) *image.Gray {
	t.Helper()
	q, err := SealQR(text)
	if err != nil {
		t.Fatal(err)
	}
	const over = 4 // drawn finer and then averaged, as a scanner does
	px := func(mm float64) int { return int(math.Round(mm * dpi / 25.4 * over)) }
	fine := image.NewGray(image.Rect(0, 0, px(100), px(100)))
	draw.Draw(fine, fine.Rect, image.White, image.Point{}, draw.Src)
	r := rand.New(rand.NewPCG(1, 1))
	for y := 5.0; y < 40; y += 4.5 { // something that looks like words
		for x := 5.0; x < 95; {
			w := 1 + 2*r.Float64()
			draw.Draw(
				fine,
				image.Rect(px(x), px(y), px(x+w), px(y+2.2)),
				image.NewUniform(color.Gray{40}),
				image.Point{},
				draw.Src,
			)
			x += w + 0.7
		}
	}
	module := max(0.46, min(40.0/61, 44.0/float64(len(q)))) // as a certificate is printed
	for y, row := range q {
		for x, dark := range row {
			if dark {
				draw.Draw(
					fine,
					image.Rect(
						px(50+float64(x)*module),
						px(50+float64(y)*module),
						px(50+float64(x+1)*module),
						px(50+float64(y+1)*module),
					),
					image.Black,
					image.Point{},
					draw.Src,
				)
			}
		}
	}
	out := image.NewGray(image.Rect(0, 0, fine.Rect.Dx()/over, fine.Rect.Dy()/over))
	draw.BiLinear.Scale(out, out.Rect, fine, fine.Rect, draw.Src, nil)
	return out
}

func rotate(g *image.Gray, degrees float64) *image.Gray {
	s, c := math.Sincos(degrees * math.Pi / 180)
	n := int(float64(max(g.Rect.Dx(), g.Rect.Dy())) * 1.5)
	out := image.NewGray(image.Rect(0, 0, n, n))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	cx, cy, m := float64(g.Rect.Dx())/2, float64(g.Rect.Dy())/2, float64(n)/2
	draw.BiLinear.Transform(out, f64.Aff3{c, -s, m - c*cx + s*cy, s, c, m - s*cx - c*cy}, g, g.Rect, draw.Over, nil)
	return out
}

// photocopy adds what a worn office machine adds: blur, hard contrast, uneven
// light and specks.
func photocopy(g *image.Gray, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 9))
	out := blur(g)
	w := out.Rect.Dx()
	for i := range out.Pix {
		shade := 12 * math.Sin(float64(i%w)/float64(w)*3)
		v := (float64(out.Pix[i])-128)*1.7 + 128 + shade + r.NormFloat64()*10
		if r.Float64() < 0.0008 {
			v = 255 * float64(r.IntN(2))
		}
		out.Pix[i] = byte(max(0, min(255, v)))
	}
	return out
}

// smudge lays a grey thumb over a part of the code and a pen stroke across it.
func smudge(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	copy(out.Pix, g.Pix)
	w, h := g.Rect.Dx(), g.Rect.Dy()
	for y := h * 62 / 100; y < h*66/100; y++ {
		for x := w * 60 / 100; x < w*64/100; x++ {
			out.Pix[y*out.Stride+x] = 150
		}
	}
	for x := w * 55 / 100; x < w*85/100; x++ {
		y := h*80/100 + (x-w*55/100)/12
		out.Pix[y*out.Stride+x] = 60
	}
	return out
}

func pngOf(t testing.TB, g image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadSealImage(t *testing.T) {
	ctx := context.Background()
	text, err := FormatSeal(people().assessor, testClaims())
	if err != nil {
		t.Fatal(err)
	}
	jpg := func(g image.Image, quality int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var cases []struct {
		name string
		data []byte
	}
	add := func(name string, data []byte) {
		cases = append(cases, struct {
			name string
			data []byte
		}{name, data})
	}
	claims := testClaims()
	claims.SetConditions(nil)
	few, err := FormatSeal(people().assessor, claims)
	if err != nil {
		t.Fatal(err)
	}
	resolutions := []float64{100, 150, 200, 300}
	if testing.Short() {
		resolutions = []float64{100, 200}
	}
	for _, dpi := range resolutions {
		page := sealPage(t, text, dpi)
		add(fmt.Sprintf("%.0f_dpi", dpi), pngOf(t, page))
		for _, angle := range []float64{7, 90, 183} {
			add(fmt.Sprintf("%.0f_dpi_turned_%.0f_degrees", dpi, angle), pngOf(t, rotate(page, angle)))
		}
		add(fmt.Sprintf("%.0f_dpi_smudged", dpi), pngOf(t, smudge(page)))
		add(fmt.Sprintf("%.0f_dpi_jpeg", dpi), jpg(page, 60))
		if dpi < 150 { // copying twice is too much for a seal with as many conditions as it can name
			add(fmt.Sprintf("%.0f_dpi_photocopied_once", dpi), pngOf(t, photocopy(page, 1)))
			page := sealPage(t, few, dpi)
			t.Run(fmt.Sprintf("%.0f_dpi_photocopied_twice_without_conditions", dpi), func(t *testing.T) {
				got, err := ReadSealImage(ctx, bytes.NewReader(pngOf(t, photocopy(photocopy(page, 1), 2))))
				if err != nil || got != few {
					t.Errorf("%v: %q", err, got)
				}
			})
		} else {
			add(fmt.Sprintf("%.0f_dpi_photocopied_twice", dpi), pngOf(t, photocopy(photocopy(page, 1), 2)))
			add(
				fmt.Sprintf("%.0f_dpi_photocopied_twice_turned_smudged", dpi),
				jpg(rotate(smudge(photocopy(photocopy(page, 3), 4)), 3), 80),
			)
		}
	}
	page := sealPage(t, text, 150)
	colour := image.NewRGBA(page.Rect)
	draw.Draw(colour, colour.Rect, page, image.Point{}, draw.Src)
	add("in_colour", jpg(colour, 85))
	scan := jpg(page, 80)
	add(
		"scanned_into_a_pdf",
		writePDF(
			classic,
			map[int]string{
				1: "<< /Type /Catalog /Pages 2 0 R >>",
				2: "<< /Type /Pages /Kids [] /Count 0 >>",
				8: "<< >>",
				3: fmt.Sprintf(
					"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "+
						"/BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream",
					page.Rect.Dx(),
					page.Rect.Dy(),
					len(scan),
					scan,
				),
			},
		),
	)
	add(
		"bitmap_in_a_pdf",
		writePDF(
			classic,
			map[int]string{
				1: "<< /Type /Catalog /Pages 2 0 R >>",
				2: "<< /Type /Pages /Kids [] /Count 0 >>",
				8: "<< >>",
				3: fmt.Sprintf(
					"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "+
						"/BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream",
					page.Rect.Dx(),
					page.Rect.Dy(),
					len(page.Pix),
					page.Pix,
				),
			},
		),
	)
	seen := map[string]bool{}
	// 101 modules where ECDSA has 73. The keys are new in every run and with them
	// the codes: several at the lowest resolution, where one in three was lost.
	for _, dpi := range append([]float64{100, 100, 100, 100, 100}, resolutions...) {
		t.Run(fmt.Sprintf("%.0f_dpi_with_an_rsa_key", dpi), func(t *testing.T) {
			claims := testClaims()
			claims.Number = fmt.Sprintf("GC-2026-%04d", len(seen))
			long, err := FormatSeal(people().rsaAssessor, claims)
			if err != nil {
				t.Fatal(err)
			}
			seen[long] = true
			got, err := ReadSealImage(ctx, bytes.NewReader(pngOf(t, rotate(sealPage(t, long, dpi), 2))))
			if err != nil || got != long {
				t.Errorf("%v: %q", err, got)
			}
		})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadSealImage(ctx, bytes.NewReader(c.data))
			if err != nil || got != text {
				t.Errorf("%v: %q", err, got)
			}
		})
	}
	t.Run("zbarimg_agrees", func(t *testing.T) {
		out, err := tool(t, "zbarimg", "-q", "--raw", file(t, "page.png", pngOf(t, sealPage(t, text, 200))))
		if err != nil || !strings.HasSuffix(out, text+"\n") /* it complains about D-Bus first */ {
			t.Errorf("%v: %q", err, out)
		}
	})
	t.Run("printed_from_a_pdf", func(t *testing.T) {
		q, _ := SealQR(text)
		var b strings.Builder
		m := 40 * 72 / 25.4 / float64(len(q))
		fmt.Fprintf(&b, "q %f 0 0 %f 300 700 cm\n", m, -m)
		for y, row := range q {
			for x, dark := range row {
				if dark {
					fmt.Fprintf(&b, "%d %d 1 1 re\n", x, y)
				}
			}
		}
		objects := testObjects()
		objects[4] = stream(b.String() + "f Q\n")
		doc := file(t, "seal.pdf", writePDF(classic, objects))
		for _, dpi := range []string{"100", "150", "300"} {
			if out, err := tool(t, "pdftoppm", "-r", dpi, "-png", "-singlefile", doc, doc+dpi); err != nil {
				t.Fatal(out)
			}
			f, err := os.Open(doc + dpi + ".png")
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadSealImage(ctx, f)
			f.Close()
			if err != nil || got != text {
				t.Errorf("%s dpi: %v: %q", dpi, err, got)
			}
		}
	})
	t.Run("page_without_a_seal_is_unreadable", func(t *testing.T) {
		blank := image.NewGray(image.Rect(0, 0, 200, 200))
		other := sealPage(t, "HELLO WORLD", 60)
		for _, data := range [][]byte{
			nil, []byte("no picture"), pngOf(t, blank), pngOf(t, other), pngOf(t, page)[:5000],
			unsignedPDF(classic),
		} {
			if got, err := ReadSealImage(ctx, bytes.NewReader(data)); got != "" ||
				fault.CodeOf(err) != fault.CodeUnreadable {
				t.Errorf("%v: %q", err, got)
			}
		}
	})
	t.Run("enormous_picture_is_refused_by_its_head", func(t *testing.T) {
		b := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
		copy(b[16:], "\x00\x01\x00\x00\x00\x01\x00\x00") // 65,536 × 65,536
		if _, err := ReadSealImage(ctx, bytes.NewReader(b)); fault.CodeOf(err) != fault.CodeUnreadable {
			t.Error(err)
		}
	})
	t.Run("stopped_is_cancelled", func(t *testing.T) {
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := ReadSealImage(stopped, bytes.NewReader(pngOf(t, page))); fault.CodeOf(err) != fault.CodeCancelled {
			t.Error(err)
		}
	})
}

func FuzzParseSeal(f *testing.F) {
	for _, id := range []Identity{people().assessor, people().rsaAssessor} {
		text, err := FormatSeal(id, testClaims())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	tr := sealTrust()
	f.Fuzz(func(t *testing.T, text string) {
		s, rep, err := OpenSeal(text, tr)
		if err == nil && rep.Status == StatusGenuine && !reflect.DeepEqual(s.Claims, testClaims()) {
			t.Errorf("claims that nobody sealed are genuine: %+v", s.Claims)
		}
	})
}

func FuzzReadSealImage(f *testing.F) {
	f.Add(pngOf(f, sealPage(f, "HELLO WORLD", 30)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if conf, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && conf.Width*conf.Height > 100_000 {
			t.Skip("too large for a fuzzer")
		}
		_, _ = ReadSealImage(context.Background(), bytes.NewReader(data))
	})
}
