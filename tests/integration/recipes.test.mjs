// The recipes of docs/verify-signatures.md, as they stand there, each run in its language where that is on the machine.
// A recipe takes a webhook that is rightly signed, and none that was changed, is old or is signed with another secret.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { repoRoot, tempDir } from './lib/server.mjs';

const text = fs.readFileSync(path.join(repoRoot, 'docs/verify-signatures.md'), 'utf8');
/** The first code of a language in the document. */
const recipe = (language) => text.match(new RegExp('^```' + language + '\\n([\\s\\S]*?)^```$', 'm'))[1];
const version = (command, ...args) => {
  const ran = spawnSync(command, args, { encoding: 'utf8' });
  return ran.status === 0 ? false : `${command} is not on this machine`;
};

const secret = 'whsec_' + Buffer.from('an invented secret of 32 bytes ..').toString('base64');
const stranger = 'whsec_' + Buffer.from('another invented one of 32 bytes').toString('base64');
const now = Math.floor(Date.now() / 1000);
const call = '0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40';
const body = JSON.stringify({ status: 'completed', lead: { name: 'Zoë 🚲' }, call: { call_id: call } });

function signed({ by = secret, at = now, over = body, more = '' } = {}) {
  const key = Buffer.from(by.slice(6), 'base64');
  const mac = crypto.createHmac('sha256', key).update(`evt_1.${at}.${over}`).digest('base64');
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(at),
    'webhook-signature': `${more}v1,${mac}`,
    'synthflow-signature': crypto.createHmac('sha256', by).update(call).digest('base64'),
  };
}

/** Headers, and what both functions must answer to them. */
const cases = [
  [signed(), true, true],
  [signed({ more: `v1,${Buffer.alloc(32).toString('base64')} v1a,abcd ` }), true, true],
  [signed({ over: body + ' ' }), false, true],
  [signed({ by: stranger }), false, false],
  [signed({ at: now - 301 }), false, true],
  [signed({ at: now + 400 }), false, true],
  [{ ...signed(), 'webhook-timestamp': 'soon' }, false, true],
  [{}, false, false],
];

/** Runs a program that reads `[{headers, body, secret, now}]` from stdin and writes `[[bool, bool]]`. */
function check(command, args, options = {}) {
  const input = JSON.stringify(cases.map(([headers]) => ({ headers, body, secret, now, call })));
  const ran = spawnSync(command, args, { input, encoding: 'utf8', timeout: 120_000, ...options });
  assert.equal(ran.status, 0, ran.stderr);
  const answers = JSON.parse(ran.stdout);
  cases.forEach(([headers, standard, callId], i) => {
    assert.deepEqual(answers[i], [standard, callId], `case ${i}: ${JSON.stringify(headers)}`);
  });
}

function write(name, content) {
  const folder = tempDir();
  fs.writeFileSync(path.join(folder, name), content);
  return folder;
}

describe('recipes', () => {
  it('Node', () => {
    const folder = write(
      'check.mjs',
      `${recipe('js')}
import { readFileSync } from 'node:fs';
const cases = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map((c) => [verifyWebhook(c.headers, c.body, c.secret, c.now), verifyCallId(c.headers, c.body, c.secret)])));
`,
    );
    check(process.execPath, [path.join(folder, 'check.mjs')]);
  });

  it('Python', { skip: version('python3', '--version') }, () => {
    const folder = write(
      'check.py',
      `${recipe('python')}

import sys
print(json.dumps([[verify_webhook(c["headers"], c["body"].encode(), c["secret"], c["now"]),
                   verify_call_id(c["headers"], c["body"].encode(), c["secret"])] for c in json.load(sys.stdin)]))
`,
    );
    check('python3', [path.join(folder, 'check.py')]);
  });

  it('Go', { skip: version('go', 'version') }, () => {
    const folder = tempDir();
    fs.mkdirSync(path.join(folder, 'webhook'));
    fs.writeFileSync(path.join(folder, 'go.mod'), 'module example.com/recipe\n\ngo 1.19\n');
    fs.writeFileSync(path.join(folder, 'webhook/webhook.go'), recipe('go'));
    fs.writeFileSync(
      path.join(folder, 'main.go'),
      `package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"

	"example.com/recipe/webhook"
)

func main() {
	var cases []struct {
		Headers map[string]string
		Body    string
		Secret  string
		Now     int64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	answers := [][2]bool{}
	for _, c := range cases {
		headers := http.Header{}
		for name, value := range c.Headers {
			headers.Set(name, value)
		}
		answers = append(answers, [2]bool{
			webhook.VerifyWebhook(headers, []byte(c.Body), c.Secret, time.Unix(c.Now, 0)),
			webhook.VerifyCallID(headers, []byte(c.Body), c.Secret)})
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`,
    );
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
    check('go', ['run', '.'], { cwd: folder, env });
  });

  it('Java', { skip: version('java', '-version') || version('javac', '-version') }, () => {
    // Java has no reader of JSON: the cases come as lines.
    const folder = write('WebhookSignature.java', recipe('java'));
    fs.writeFileSync(
      path.join(folder, 'Check.java'),
      `import java.util.*;
public class Check {
  public static void main(String[] args) throws Exception {
    Scanner in = new Scanner(System.in, "UTF-8");
    List<String> answers = new ArrayList<>();
    while (in.hasNextLine()) {
      String[] parts = in.nextLine().split("\\t", -1);
      Map<String, String> headers = new HashMap<>();
      for (int i = 4; i + 1 < parts.length; i += 2) headers.put(parts[i], parts[i + 1]);
      boolean standard = WebhookSignature.verifyWebhook(headers, parts[0].getBytes("UTF-8"), parts[1], Long.parseLong(parts[2]));
      answers.add("[" + standard + "," + WebhookSignature.verifyCallId(headers, parts[3], parts[1]) + "]");
    }
    System.out.println(answers);
  }
}
`,
    );
    const compiled = spawnSync('javac', ['-d', folder, 'WebhookSignature.java', 'Check.java'], { cwd: folder, encoding: 'utf8' });
    assert.equal(compiled.status, 0, compiled.stderr);
    const input = cases
      .map(([headers]) => [body, secret, now, call, ...Object.entries(headers).flat()].join('\t') + '\n')
      .join('');
    const ran = spawnSync('java', ['-cp', folder, 'Check'], { input, encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(JSON.parse(ran.stdout), cases.map(([, standard, callId]) => [standard, callId]));
  });

  it('PHP', { skip: version('php', '--version') }, () => {
    const folder = write(
      'check.php',
      `${recipe('php')}
$cases = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(array_map(fn ($c) => [verify_webhook($c['headers'], $c['body'], $c['secret'], $c['now']), verify_call_id($c['headers'], $c['body'], $c['secret'])], $cases));
`,
    );
    check('php', [path.join(folder, 'check.php')]);
  });

  it('Ruby', { skip: version('ruby', '--version') }, () => {
    const folder = write(
      'check.rb',
      `${recipe('ruby')}
puts JSON.generate(JSON.parse($stdin.read).map { |c| [verify_webhook(c['headers'], c['body'], c['secret'], c['now']), verify_call_id(c['headers'], c['body'], c['secret'])] })
`,
    );
    check('ruby', [path.join(folder, 'check.rb')]);
  });

  it('C#', { skip: version('dotnet', '--version') }, () => {
    const folder = write('WebhookSignature.cs', recipe('csharp'));
    fs.writeFileSync(
      path.join(folder, 'recipe.csproj'),
      '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n',
    );
    fs.writeFileSync(
      path.join(folder, 'Program.cs'),
      `using System; using System.Collections.Generic; using System.Linq; using System.Text; using System.Text.Json;
var cases = JsonDocument.Parse(Console.In.ReadToEnd()).RootElement.EnumerateArray().Select(c => {
  var headers = c.GetProperty("headers").EnumerateObject().ToDictionary(h => h.Name, h => h.Value.GetString()!);
  var body = Encoding.UTF8.GetBytes(c.GetProperty("body").GetString()!);
  var secret = c.GetProperty("secret").GetString()!;
  return new[] { WebhookSignature.VerifyWebhook(headers, body, secret, c.GetProperty("now").GetInt64()), WebhookSignature.VerifyCallId(headers, body, secret) };
}).ToArray();
Console.WriteLine(JsonSerializer.Serialize(cases));
`,
    );
    check('dotnet', ['run'], { cwd: folder });
  });
});
