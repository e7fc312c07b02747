/** The page at `/install`. It needs no script and no sign-in. */
export const installPage = (url: string, sum: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Install latch</title>
<h1>Install latch</h1>
<p>At the end, <code>latch</code> is on your path and ready to sign in to ${url}. It needs Node.js 20.19 or newer.</p>
<pre>curl -fsSL ${url}/install/install.sh | sh</pre>
<p>The script fetches <a href="/install/latch.cjs">latch.cjs</a>, checks its sum, and writes
<code>~/.local/share/latch/latch.cjs</code> and <code>~/.local/bin/latch</code>. <a href="/install/install.sh">Read it first</a>
if you like. By hand:</p>
<pre>curl -fsSLO ${url}/install/latch.cjs
curl -fsSL ${url}/install/latch.cjs.sha256 | sha256sum -c
node latch.cjs login ${url}</pre>
<p>SHA-256 of <code>latch.cjs</code>:</p>
<pre>${sum}</pre>
<p>The sum shows a download that broke or got mixed up. It comes from the same server as the file: compare it with what
your operator told you in another way if you doubt the server.</p>
<p>Where your organisation has a certificate authority of its own, name its file before you begin:
<code>export NODE_EXTRA_CA_CERTS=/path/to/ca.pem CURL_CA_BUNDLE=/path/to/ca.pem</code>. The installed <code>latch</code>
remembers it.</p>
`
