import type { Tone } from '$lib/ui';

export const certificateTone = (status: string): Tone =>
  status === 'issued' ? 'good' : status === 'revoked' ? 'bad' : status === 'expired' ? 'warn' : 'quiet';

/** From so many days before its end a certificate asks to be renewed. */
export const renewalDays = 60;

/** Days from today to a certificate's last day; negative once it has passed. */
export const daysLeft = (until: string, today = new Date()): number =>
  Math.round(
    (Date.parse(`${until}T00:00:00Z`) - Date.parse(`${today.toISOString().slice(0, 10)}T00:00:00Z`)) /
      86_400_000,
  );
