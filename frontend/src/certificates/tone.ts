import type { Tone } from '$lib/ui';

export const certificateTone = (status: string): Tone =>
  status === 'issued'
    ? 'good'
    : status === 'revoked'
      ? 'bad'
      : status === 'expired' || status === 'not_yet_approved'
        ? 'warn'
        : 'quiet';

/** From so many days before its end a certificate asks to be renewed. */
export const renewalDays = 60;
