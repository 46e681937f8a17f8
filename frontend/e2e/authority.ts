// A timestamp authority (RFC 3161) on this computer. OpenSSL signs for it; what it
// signs is put together here, because its clock stands where the program's stands.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Authority {
  url: string;
  /** The certificate of its root, for those who check its answers. */
  root: string;
  /** How many questions it was asked. */
  asked(): number;
  stop(): Promise<void>;
}

const config = `
[ca]
default_ca = it
[it]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[unit]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
`;

/** One element of DER: its tag, its length and what it holds. */
function der(tag: number, ...holds: Buffer[]): Buffer {
  const body = Buffer.concat(holds);
  const n = body.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** The elements within an element of DER. */
function within(element: Buffer): Buffer[] {
  const head = (at: number) => {
    const first = element[at + 1] ?? 0;
    const more = first < 0x80 ? 0 : first - 0x80;
    const length = more ? element.readUIntBE(at + 2, more) : first;
    return { body: at + 2 + more, end: at + 2 + more + length };
  };
  const out: Buffer[] = [];
  for (let at = head(0).body; at < element.length; at = head(at).end)
    out.push(element.subarray(at, head(at).end));
  return out;
}

const [integer, oid, sequence, time] = [0x02, 0x06, 0x30, 0x18] as const;
const small = (n: number) => der(integer, Buffer.from([n]));

/** Starts an authority that says that it is `moment`. */
export async function authority(moment: string): Promise<Authority> {
  const dir = await mkdtemp(join(tmpdir(), 'assay-tsa-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  await writeFile(join(dir, 'ca.cnf'), config);
  await writeFile(join(dir, 'index.txt'), '');
  for (const name of ['root', 'unit']) {
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=Timestamp ${name}`, '-out', `${name}.csr`);
    const issuer = name === 'root' ? ['-selfsign'] : ['-cert', 'root.pem'];
    openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', ...issuer, '-keyfile', 'root.key'],
      ...['-startdate', '20200101000000Z', '-enddate', '20400101000000Z'],
      ...['-extensions', name, '-in', `${name}.csr`, '-out', `${name}.pem`],
    );
  }
  let asked = 0;

  // TimeStampReq: version, imprint, policy, nonce, whether certificates are wanted.
  function answer(query: Buffer): Promise<Buffer> {
    const [, imprint, ...rest] = within(query);
    if (!imprint) throw new Error('no imprint');
    const nonce = rest.filter((x) => x[0] === integer);
    const policy = der(oid, Buffer.from([0x2a, 0x03, 0x04, 0x01]));
    const now = der(time, Buffer.from(moment.replace(/[-:T]/g, '')));
    return sign(der(sequence, small(1), policy, imprint, small(++asked), now, ...nonce));
  }
  async function sign(info: Buffer): Promise<Buffer> {
    await writeFile(join(dir, 'info'), info);
    openssl(
      ...['cms', '-sign', '-binary', '-nodetach', '-cades', '-nosmimecap', '-md', 'sha256'],
      ...['-econtent_type', '1.2.840.113549.1.9.16.1.4', '-signer', 'unit.pem', '-inkey', 'unit.key'],
      ...['-certfile', 'root.pem', '-in', 'info', '-outform', 'DER', '-out', 'token'],
    );
    return der(sequence, der(sequence, small(0)), await readFile(join(dir, 'token')));
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      answer(Buffer.concat(parts)).then(
        (reply) => response.setHeader('Content-Type', 'application/timestamp-reply').end(reply),
        (why: unknown) => response.writeHead(500).end(String(why)),
      );
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    root: join(dir, 'root.pem'),
    asked: () => asked,
    async stop() {
      await new Promise((closed) => server.close(closed));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
