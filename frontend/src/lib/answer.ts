/** The answers to a requirement that ask for nothing more. */
const settled = ['met', 'held', 'held_but_for', 'not_applicable'];

/** Whether a requirement with this answer asks for nothing more. */
export const stands = (status: string) => settled.includes(status);

/** Whether the answer is yes without a but. */
export const whole = (status: string) => status === 'met' || status === 'held';
