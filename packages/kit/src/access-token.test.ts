import type { JWTHeaderParameters } from 'jose'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, expect, it } from 'vitest'
import type { TokenRule } from './access-token.ts'
import { keysById, readAccessToken } from './access-token.ts'

const now = Date.UTC(2026, 0, 1)
const claims = { sid: 'session_1', gid: 'grant', org: 'org' }
let pair: Awaited<ReturnType<typeof generateKeyPair>>
let rule: TokenRule

const token = (change: (jwt: SignJWT) => SignJWT = jwt => jwt, header: Record<string, string> = {}) =>
  change(
    new SignJWT(claims)
      .setIssuer('http://localhost:4180')
      .setAudience('http://localhost:4180')
      .setSubject('user_1')
      .setJti('j')
      .setIssuedAt(now / 1000)
      .setExpirationTime(now / 1000 + 900),
  )
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one', ...header })
    .sign(pair.privateKey)

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
  const jwk = (await exportJWK(pair.publicKey)) as Record<string, unknown>
  rule = {
    issuer: 'http://localhost:4180',
    audience: 'http://localhost:4180',
    keys: keysById([{ kid: 'one', jwk }]),
  }
})

it('reads a token that another library signed', async () => {
  expect(readAccessToken(await token(), rule, now)).toMatchObject({
    sub: 'user_1',
    ...claims,
    exp: now / 1000 + 900,
  })
})

it('refuses foreign issuers, audiences, keys, kinds and ended tokens', async () => {
  const bad = {
    issuer: await token(jwt => jwt.setIssuer('http://evil.test')),
    audience: await token(jwt => jwt.setAudience('http://evil.test')),
    manyAudiences: await token(jwt => jwt.setAudience(['http://localhost:4180', 'http://evil.test'])),
    idToken: await token(undefined, { typ: 'JWT' }),
    unknownKey: await token(undefined, { kid: 'two' }),
    noSubject: await token(jwt => jwt.setSubject('')),
    ended: await token(jwt => jwt.setExpirationTime(now / 1000)),
  }
  for (const [name, jwt] of Object.entries(bad))
    expect([name, readAccessToken(jwt, rule, now)]).toEqual([name, undefined])
})

it('refuses a token without signature, with alg none, or with one byte changed', async () => {
  const good = await token()
  const [head, body, signature] = good.split('.') as [string, string, string]
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: 'one' })).toString('base64url')
  const hs256 = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: 'one' })).toString('base64url')
  const other = body.slice(0, 20) + (body[20] === 'A' ? 'B' : 'A') + body.slice(21)
  for (const bad of [
    `${head}.${body}.`,
    `${none}.${body}.`,
    `${hs256}.${body}.${signature}`,
    `${head}.${other}.${signature}`,
    `${good}.x`,
    'a.b.c',
    '..',
    '',
  ]) {
    expect(readAccessToken(bad, rule, now)).toBeUndefined()
  }
})

it('takes no key from the token itself, and makes no shared secret of a public one', async () => {
  const theirs = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(theirs.publicKey)
  const spki = await exportSPKI(pair.publicKey)
  const own = JSON.stringify(await exportJWK(pair.publicKey))
  const forged = (header: JWTHeaderParameters, key: Parameters<SignJWT['sign']>[0]) =>
    new SignJWT({ ...claims, sub: 'user_1', jti: 'j', iat: now / 1000, exp: now / 1000 + 900 })
      .setIssuer(rule.issuer)
      .setAudience(rule.audience)
      .setProtectedHeader({ typ: 'at+jwt', kid: 'one', ...header })
      .sign(key)
  const bad = {
    jwk: await forged({ alg: 'ES256', jwk }, theirs.privateKey),
    jku: await forged({ alg: 'ES256', jku: 'http://evil.test/jwks' }, theirs.privateKey),
    kid: await forged({ alg: 'ES256', kid: '../../dev/null' }, theirs.privateKey),
    kidOfObject: await forged({ alg: 'ES256', kid: 'constructor' }, theirs.privateKey),
    hs256Pem: await forged({ alg: 'HS256' }, Buffer.from(spki)),
    hs256Jwk: await forged({ alg: 'HS256' }, Buffer.from(own)),
  }
  for (const [name, jwt] of Object.entries(bad))
    expect([name, readAccessToken(jwt, rule, now)]).toEqual([name, undefined])
  const good = await forged({ alg: 'ES256', jku: 'http://evil.test/jwks' }, pair.privateKey)
  expect(readAccessToken(good, rule, now)).toMatchObject({ sub: 'user_1' })
})
