import { expect, test } from 'vitest'
import { linksIn } from './links-in.ts'

const origin = 'http://localhost:4180'

test('links to this console become links, with their fragment', () => {
  expect(linksIn('Open\nhttp://localhost:4180/sign-in#token=abc\nnow', origin)).toEqual([
    { at: 0, text: 'Open\n' },
    { at: 5, text: `${origin}/sign-in#token=abc`, href: `${origin}/sign-in#token=abc` },
    { at: 44, text: '\nnow' },
  ])
})

test.each(['https://evil.test/', 'http://localhost:4180.evil.test/', 'http://localhost:41800/'])(
  'a link to elsewhere stays text: %s',
  link => {
    expect(linksIn(link, origin)).toEqual([{ at: 0, text: link }])
  },
)
