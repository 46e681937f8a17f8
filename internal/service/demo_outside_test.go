package service_test

import (
	"context"

	"assay/internal/demo"
	"assay/internal/service"
)

func init() {
	service.SamplePassphrase = demo.Passphrase
	service.Demo = func(ctx context.Context, dir string, plain bool) (service.MadeDemo, error) {
		d, err := demo.Make(ctx, dir, demo.Options{Plain: plain})
		return service.MadeDemo{Register: d.Register, Certificates: d.Certificates, Pack: d.Pack}, err
	}
}
