// What the program says when it cannot do something: a code that the page acts
// on, one sentence for the person, and the fields it concerns.

type FaultCode =
  'invalid' | 'not_found' | 'conflict' | 'forbidden' | 'tampered' | 'unreadable' | 'cancelled' | 'internal';

interface FaultField {
  name: string;
  message: string;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly fields: FaultField[];
  /** Position in an input file ("line 12"), empty where there is none. */
  readonly where: string;
  /** Under this reference the log holds the cause; only for our own mistakes. */
  readonly reference: string;

  constructor(code: FaultCode, message: string, fields: FaultField[] = [], where = '', reference = '') {
    super(message);
    this.name = 'Fault';
    this.code = code;
    this.fields = fields;
    this.where = where;
    this.reference = reference;
  }

  /** The message for one field, empty if it is in order. */
  field(name: string): string {
    return this.fields.find((f) => f.name === name)?.message ?? '';
  }
}

interface Wire {
  code?: unknown;
  message?: unknown;
  fields?: unknown;
  where?: unknown;
  reference?: unknown;
}

const codes: readonly string[] = [
  'invalid',
  'not_found',
  'conflict',
  'forbidden',
  'tampered',
  'unreadable',
  'cancelled',
  'internal',
];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads what a bound method rejected with. The program sends faults as one JSON
 * string; everything else is our own mistake and is shown as `fallback`.
 */
export function parseFault(reason: unknown, fallback: string): Fault {
  if (reason instanceof Fault) return reason;
  const raw = reason instanceof Error ? reason.message : text(reason);
  try {
    const wire = JSON.parse(raw) as Wire;
    if (typeof wire.message === 'string' && codes.includes(text(wire.code))) {
      const fields = Array.isArray(wire.fields)
        ? wire.fields.map((f: Wire & { name?: unknown }) => ({
            name: text(f.name),
            message: text(f.message),
          }))
        : [];
      return new Fault(wire.code as FaultCode, wire.message, fields, text(wire.where), text(wire.reference));
    }
  } catch {
    // Not a fault of the program's: fall through.
  }
  return new Fault('internal', fallback);
}
