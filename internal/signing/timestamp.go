package signing

import "time"

func (c *cms) provenTime(trust Trust) (time.Time, string, error) {
	return time.Time{}, "The signing time is the one claimed by the signer's computer; no timestamp proves it.", nil
}
