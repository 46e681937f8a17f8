package signing

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // the formats that are read
	"image/png"
	"io"
	"math"
	"slices"

	"assay/internal/fault"
	"assay/internal/pdf"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
	"golang.org/x/image/draw"
)

// Bounds of pictures: an A4 page at 600 dpi has 35 million pixels.
const (
	maxPicture = 64 << 20
	maxPixels  = 40_000_000
)

// ReadSealImage finds the seal in a photograph or scan of a certificate (PNG,
// JPEG, or a PDF whose pages are such pictures) and gives its text, which ParseSeal
// accepts; whether its signature holds is for OpenSeal to say. It works from about
// 100 dpi, at any angle. Errors: unreadable (no picture, or no seal found in it),
// cancelled.
func ReadSealImage(ctx context.Context, r io.Reader) (string, error) {
	text, err := ReadCode(ctx, r, func(text string) bool { _, err := ParseSeal(text); return err == nil })
	if errors.Is(err, errNoCode) {
		return "", fault.Unreadable(
			"",
			"No seal was found in this picture: photograph the square code alone, flat and in good light, or scan "+
				"it at 200 dpi or more.",
		).Because(err)
	}
	return text, err
}

// ReadCode finds in a picture a QR code whose text is accepted, as ReadSealImage
// finds a seal, and gives the text. Errors: unreadable, cancelled.
func ReadCode(ctx context.Context, r io.Reader, accept func(text string) bool) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPicture+1))
	if err != nil {
		return "", fault.Unreadable("", "The picture could not be read to its end: check the disk and try again.").
			Because(err)
	}
	if len(data) > maxPicture {
		return "", fault.Unreadable("", "This picture is larger than %d MB: scan it at 300 dpi.", maxPicture>>20)
	}
	pictures := [][]byte{data}
	if bytes.HasPrefix(data, []byte("%PDF-")) {
		if pictures, err = pdfPictures(data); err != nil {
			return "", err
		}
	}
	for _, p := range pictures {
		text, err := readPicture(ctx, p, accept)
		if err == nil || !errors.Is(err, errNoCode) {
			return text, err
		}
	}
	return "", fault.Unreadable(
		"",
		"No code that could be read was found in this picture: photograph the square code alone, flat and in good "+
			"light, or scan it at 200 dpi or more.",
	).Because(errNoCode)
}

var errNoCode = errors.New("no code in this picture")

func readPicture(ctx context.Context, data []byte, accept func(string) bool) (string, error) {
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", fault.Unreadable("", "This is no picture that can be read: choose a PNG, JPEG or PDF file.").
			Because(err)
	}
	if conf.Width < 1 || conf.Height < 1 || conf.Width > maxPixels/conf.Height {
		return "", fault.Unreadable(
			"",
			"This picture has more than %d million pixels: scan it at 300 dpi.",
			maxPixels/1_000_000,
		)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return "", fault.Unreadable("", "This picture is damaged: scan or photograph it again.").Because(err)
	}
	return findCode(ctx, grey(img), accept)
}

// grey makes a picture grey on white paper.
func grey(img image.Image) *image.Gray {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Over)
	return out
}

// findCode looks for a seal at several sizes, sharp and softened, in the whole
// picture and then in parts of it: a code that one way misses, another finds.
// Four times the size is what finds most in poor copies at 100 dpi.
func findCode(ctx context.Context, g *image.Gray, accept func(string) bool) (string, error) {
	long := max(g.Rect.Dx(), g.Rect.Dy())
	for i, s := range []int{long, 1600, 1000, 4 * long, 3 * long, 2 * long, 2400, 700} {
		if s > long && s > 5000 || s == long && long > 5000 || i > 0 && s > long*9/10 && s < long*11/10 {
			continue // too much work, or the size it has
		}
		if text, err := tryPicture(ctx, resize(g, s), accept); text != "" || err != nil {
			return text, err
		}
	}
	// Twice through an office machine, a code at 100 dpi has soft edges two
	// pixels wide: sharpened before it is enlarged, most of those are found too.
	for _, strength := range []int{3, 6} {
		sharp := sharpen(g, strength)
		for _, times := range []int{3, 2, 4} {
			if times*long > 4000 {
				continue
			}
			if text, err := tryPicture(ctx, resize(sharp, times*long), accept); text != "" || err != nil {
				return text, err
			}
		}
	}
	// Overlapping quarters.
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if min(w, h) < 300 {
		return "", errNoCode
	}
	for y := range 3 {
		for x := range 3 {
			part := g.SubImage(image.Rect(x*w/4, y*h/4, x*w/4+w/2, y*h/4+h/2)).(*image.Gray)
			if text, err := tryPicture(ctx, resize(part, 1200), accept); text != "" || err != nil {
				return text, err
			}
		}
	}
	return "", errNoCode
}

// resize brings the longer side to n pixels, by linear interpolation or, where
// it shrinks to less than half, by the mean, and gives a picture at the origin.
func resize(g *image.Gray, n int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	long := max(w, h)
	if long == n && g.Rect.Min == (image.Point{}) {
		return g
	}
	for long >= 2*n {
		g = halve(g)
		w, h = g.Rect.Dx(), g.Rect.Dy()
		long = max(w, h)
	}
	tw, th := max(1, w*n/long), max(1, h*n/long)
	out := image.NewGray(image.Rect(0, 0, tw, th))
	const one = 1 << 12
	for y := range th {
		sy := max(0, (2*y+1)*h*one/(2*th)-one/2)
		y0, fy := sy/one, sy%one
		a := g.Pix[min(y0, h-1)*g.Stride:]
		b := g.Pix[min(y0+1, h-1)*g.Stride:]
		for x := range tw {
			sx := max(0, (2*x+1)*w*one/(2*tw)-one/2)
			x0, fx := min(sx/one, w-1), sx%one
			x1 := min(x0+1, w-1)
			top := int(a[x0])*(one-fx) + int(a[x1])*fx
			bottom := int(b[x0])*(one-fx) + int(b[x1])*fx
			out.Pix[y*out.Stride+x] = byte((top*(one-fy) + bottom*fy) / (one * one))
		}
	}
	return out
}

func halve(g *image.Gray) *image.Gray {
	w, h := max(1, g.Rect.Dx()/2), max(1, g.Rect.Dy()/2)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		a := g.Pix[2*y*g.Stride:]
		b := g.Pix[min(2*y+1, g.Rect.Dy()-1)*g.Stride:]
		for x := range w {
			x1 := min(2*x+1, g.Rect.Dx()-1)
			out.Pix[y*w+x] = byte((int(a[2*x]) + int(a[x1]) + int(b[2*x]) + int(b[x1])) / 4)
		}
	}
	return out
}

func tryPicture(ctx context.Context, g *image.Gray, accept func(string) bool) (string, error) {
	for _, soften := range []bool{false, true} {
		if soften {
			g = blur(g)
		}
		for _, global := range []bool{false, true} {
			if err := ctx.Err(); err != nil {
				return "", fault.New(fault.CodeCancelled, "Stopped.").Because(err)
			}
			if text := decodeQR(g, global, accept); text != "" {
				return text, nil
			}
		}
	}
	return "", nil
}

// decodeQR gives the text of a QR code that is accepted, empty if there is none.
func decodeQR(g *image.Gray, global bool, accept func(string) bool) (text string) {
	// The library indexes into pictures and is not ours: a picture made to upset
	// it must not end the program.
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	w, h := g.Rect.Dx(), g.Rect.Dy()
	src, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, h, 0, 0, w, h, false)
	if err != nil {
		return ""
	}
	var bin gozxing.Binarizer = gozxing.NewHybridBinarizer(src)
	if global {
		bin = gozxing.NewGlobalHistgramBinarizer(src)
	}
	bmp, err := gozxing.NewBinaryBitmap(bin)
	if err != nil {
		return ""
	}
	m, err := bmp.GetBlackMatrix()
	if err != nil {
		return ""
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	corners, err := detector.NewFinderPatternFinder(m, nil).Find(hints)
	if err != nil {
		return ""
	}
	for _, n := range dimensions(corners) {
		grid := sampleGrid(m, corners, n)
		if grid == nil {
			continue
		}
		if r, err := decoder.NewDecoder().Decode(grid, hints); err == nil && accept(r.GetText()) {
			return r.GetText()
		}
	}
	return ""
}

// dimensions gives how many modules a code with these corners may have on a side,
// the likeliest first. The library's own detector takes the one that the width of
// the corners says; at a hundred modules and two pixels a module that is often one
// or two steps off, and the seal of an RSA key is lost.
func dimensions(corners *detector.FinderPatternInfo) []int {
	a, b, c := corners.GetTopLeft(), corners.GetTopRight(), corners.GetBottomLeft()
	module := (a.GetEstimatedModuleSize() + b.GetEstimatedModuleSize() + c.GetEstimatedModuleSize()) / 3
	between := (gozxing.ResultPoint_Distance(a, b) + gozxing.ResultPoint_Distance(a, c)) / 2
	estimate := between/module + 7 // the centres lie 3.5 modules inside
	var out []int
	for n := 21; n <= 177; n += 4 {
		if d := float64(n); d > estimate*0.8 && d < estimate*1.25 {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(x, y int) int {
		return cmp.Compare(math.Abs(float64(x)-estimate), math.Abs(float64(y)-estimate))
	})
	return out
}

// sampleGrid reads a code of n modules a side between its corners, nil where it
// would lie outside the picture.
func sampleGrid(m *gozxing.BitMatrix, corners *detector.FinderPatternInfo, n int) *gozxing.BitMatrix {
	a, b, c := corners.GetTopLeft(), corners.GetTopRight(), corners.GetBottomLeft()
	module := (gozxing.ResultPoint_Distance(a, b) + gozxing.ResultPoint_Distance(a, c)) / 2 / float64(n-7)
	// The last alignment pattern lies three modules nearer than a fourth corner would; it may be smudged.
	near := 1 - 3/float64(n-7)
	x := a.GetX() + near*(b.GetX()-2*a.GetX()+c.GetX())
	y := a.GetY() + near*(b.GetY()-2*a.GetY()+c.GetY())
	var alignment *detector.AlignmentPattern
	for reach := 4.0; reach <= 16 && alignment == nil && n > 21; reach *= 2 {
		left, top := max(0, int(x-reach*module)), max(0, int(y-reach*module))
		w, h := min(m.GetWidth()-1, int(x+reach*module))-left, min(m.GetHeight()-1, int(y+reach*module))-top
		if min(w, h) < int(3*module) {
			break
		}
		if p, err := detector.NewAlignmentPatternFinder(m, left, top, w, h, module, nil).Find(); err == nil {
			alignment = p
		}
	}
	grid, err := detector.Detector_sampleGrid(m, detector.Detector_createTransform(a, b, c, alignment, n), n)
	if err != nil {
		return nil
	}
	return grid
}

// blur takes the mean of nine pixels, which heals speckles and broken edges.
func blur(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	copy(out.Pix, g.Pix)
	for y := 1; y < h-1; y++ {
		up, mid, down := g.Pix[(y-1)*g.Stride:], g.Pix[y*g.Stride:], g.Pix[(y+1)*g.Stride:]
		for x := 1; x < w-1; x++ {
			sum := int(
				up[x-1],
			) + int(
				up[x],
			) + int(
				up[x+1],
			) + int(
				mid[x-1],
			) + int(
				mid[x],
			) + int(
				mid[x+1],
			) + int(
				down[x-1],
			) + int(
				down[x],
			) + int(
				down[x+1],
			)
			out.Pix[y*out.Stride+x] = byte(sum / 9)
		}
	}
	return out
}

// sharpen adds to each pixel half of strength times what it differs by from its
// surroundings (unsharp masking).
func sharpen(g *image.Gray, strength int) *image.Gray {
	soft := blur(blur(g))
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx(), g.Rect.Dy()))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			was := int(g.Pix[y*g.Stride+x])
			out.Pix[y*out.Stride+x] = byte(max(0, min(255, was+strength*(was-int(soft.Pix[y*soft.Stride+x]))/2)))
		}
	}
	return out
}

// pdfPictures takes the JPEG pictures and the plain grey or coloured ones out of
// a scanned PDF.
func pdfPictures(data []byte) ([][]byte, error) {
	f, err := pdf.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	v := f.View(len(f.Sections) - 1)
	var out [][]byte
	seen := map[int64]bool{}
	for _, s := range f.Sections {
		for _, sub := range s.Subs {
			for i := range sub.Entries {
				n := sub.First + int64(i)
				if e, ok := v.Entry(n); !ok || e.Kind != pdf.EntryPlain || seen[n] || len(out) >= 100 {
					continue
				}
				seen[n] = true
				o, err := v.Load(n)
				if err != nil || o.Data == 0 || !o.Val.Get("Subtype").IsName("Image") {
					continue
				}
				if p := picture(f, v, o); p != nil {
					out = append(out, p)
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, fault.Unreadable(
			"",
			"This PDF holds no scanned pages (JPEG or plain pictures): verify it as a document, or save the page "+
				"as PNG.",
		)
	}
	return out, nil
}

// picture gives an image of a PDF as a file that image.Decode reads, nil if it
// is of a kind that is not read.
func picture(f *pdf.File, v pdf.View, o *pdf.Object) []byte {
	length, err := v.Resolve(o.Val.Get("Length"))
	if err != nil || length.Kind != pdf.Int || length.Num < 0 || length.Num > f.Size-o.Data {
		return nil
	}
	filter, err := v.Resolve(o.Val.Get("Filter"))
	if err != nil {
		return nil
	}
	if filter.Kind == pdf.Array && len(filter.List) == 1 {
		filter = filter.List[0]
	}
	if filter.IsName("DCTDecode") {
		b, err := f.Window(o.Data, length.Num)
		if err != nil {
			return nil
		}
		return b
	}
	w, h, bits := o.Val.Get("Width").Num, o.Val.Get("Height").Num, o.Val.Get("BitsPerComponent").Num
	channels := map[string]int64{"DeviceGray": 1, "DeviceRGB": 3}[o.Val.Get("ColorSpace").Str]
	if w < 1 || h < 1 || w > maxPixels/h || channels == 0 || bits != 8 && (bits != 1 || channels != 1) || o.End == 0 ||
		o.Val.Has("DecodeParms") {
		return nil
	}
	data, err := f.Decoded(o)
	row := (w*bits*channels + 7) / 8
	if err != nil || int64(len(data)) < row*h {
		return nil
	}
	g := image.NewGray(image.Rect(0, 0, int(w), int(h)))
	for y := range h {
		line := data[y*row:]
		for x := range w {
			var p byte
			switch {
			case bits == 1:
				p = (line[x/8] >> (7 - x%8) & 1) * 255
			case channels == 1:
				p = line[x]
			default:
				p = byte((int(line[3*x]) + 2*int(line[3*x+1]) + int(line[3*x+2])) / 4)
			}
			g.Pix[y*int64(g.Stride)+x] = p
		}
	}
	var b bytes.Buffer
	if png.Encode(&b, g) != nil {
		return nil
	}
	return b.Bytes()
}
