import { open } from '@latchstring/kit/secret'
import { expect, it } from 'vitest'
import { readPostgresUrl } from './postgres-url.ts'

const read = (text: string) => {
  const { host, port, user, password, database, sslMode } = readPostgresUrl(text)
  return [host, port, user, open(password), database, sslMode]
}

it.each([
  ['postgres://ada:pw@db.acme.test:5433/latch', ['db.acme.test', 5433, 'ada', 'pw', 'latch', 'prefer']],
  ['postgresql://ada@db.acme.test', ['db.acme.test', 5432, 'ada', '', 'ada', 'prefer']],
  ['postgres://ada:p%40%2F%3A%25@[2001:db8::1]/l', ['2001:db8::1', 5432, 'ada', 'p@/:%', 'l', 'prefer']],
  ['postgres://ada@/l?host=/run/postgresql', ['/run/postgresql', 5432, 'ada', '', 'l', 'disable']],
  ['postgres://ada@%2Frun%2Fpostgresql/l', ['/run/postgresql', 5432, 'ada', '', 'l', 'disable']],
  ['postgres://h/l?user=ada&password=x%26y&sslmode=require', ['h', 5432, 'ada', 'x&y', 'l', 'require']],
  ['postgres://ada@h/l?sslmode=require&sslrootcert=/ca.pem', ['h', 5432, 'ada', '', 'l', 'verify-ca']],
  ['host=h port=5433 user=ada dbname=l sslmode=verify-full', ['h', 5433, 'ada', '', 'l', 'verify-full']],
  [`host = 'h' user=ada password='it\\'s \\\\' dbname=l`, ['h', 5432, 'ada', `it's \\`, 'l', 'prefer']],
  [`user=ada password=a\\ b`, ['localhost', 5432, 'ada', 'a b', 'ada', 'prefer']],
])('reads %s', (text, settings) => {
  expect(read(text)).toEqual(settings)
})

it.each([
  'mysql://ada:hunter2@h/l',
  'postgres://ada:hunter2@h1,h2/l',
  'postgres://ada:hunter2@h:99999/l',
  'postgres://ada:hunter2@h/l?sslmode=allow',
  'postgres://ada:hunter2@h/l?target=x',
  'postgres://ada:hunter2%@h/l',
  'password=hunter2 host',
  `password='hunter2`,
  'hunter2',
])('refuses %s without repeating the password', text => {
  let message = ''
  try {
    readPostgresUrl(text)
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).not.toBe('')
  expect(message).not.toContain('hunter2')
})

it('prints no password', () => {
  const settings = readPostgresUrl('postgres://ada:hunter2@h/l')
  expect(JSON.stringify(settings)).not.toContain('hunter2')
})
