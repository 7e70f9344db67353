// The manifests of packaging/kubernetes against the schemas of the Kubernetes API, and against the program that they run.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { repoRoot, run, tempFile } from './lib/server.mjs';

const folder = path.join(repoRoot, 'packaging/kubernetes');
const schemas = {
  'v1 ConfigMap': 'CoreV1ConfigMap',
  'v1 Secret': 'CoreV1Secret',
  'v1 Service': 'CoreV1Service',
  'apps/v1 StatefulSet': 'AppsV1StatefulSet',
  'policy/v1 PodDisruptionBudget': 'PolicyV1PodDisruptionBudget',
  'autoscaling/v2 HorizontalPodAutoscaler': 'AutoscalingV2HorizontalPodAutoscaler',
  'networking.k8s.io/v1 NetworkPolicy': 'NetworkingV1NetworkPolicy',
};
const validators = {};
for (const [kind, schema] of Object.entries(schemas)) {
  validators[kind] = (await import(`kubernetes-models/_schemas/IoK8sApi${schema}`)).validate;
}

/** `value` and what is in it, of which is noted what somebody asked for; and what nobody has asked for so far. */
function watched(value, at = '') {
  if (value === null || typeof value !== 'object') return { value, unasked: () => [] };
  const parts = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, watched(part, `${at}/${key}`)]));
  const asked = new Set();
  const copy = Array.isArray(value) ? [] : {};
  for (const [key, part] of Object.entries(parts)) copy[key] = part.value;
  return {
    value: new Proxy(copy, { get: (target, key) => (asked.add(key), target[key]) }),
    unasked: () => Object.entries(parts).flatMap(([key, part]) => (asked.has(key) ? part.unasked() : [`${at}/${key}`])),
  };
}

/** What the schema of its kind says against a manifest; a field that the validator does not look at is one that it does not know. */
function problems(manifest) {
  const validate = validators[`${manifest.apiVersion} ${manifest.kind}`];
  if (!validate) return [`no kind ${manifest.apiVersion} ${manifest.kind}`];
  const { value, unasked } = watched(manifest);
  if (!validate(value)) return validate.errors.map((error) => `${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`);
  return unasked();
}

const manifests = fs.readdirSync(folder).flatMap((name) =>
  parseAllDocuments(fs.readFileSync(path.join(folder, name), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [], name);
    return { name, manifest: document.toJS() };
  }),
);
const of = (kind) => structuredClone(manifests.find(({ manifest }) => manifest.kind === kind).manifest);

describe('the manifests for Kubernetes', () => {
  for (const { name, manifest } of manifests) {
    it(`${name}: ${manifest.kind} is as the schema wants it`, () => assert.deepEqual(problems(manifest), []));
  }

  it('would be refused with a wrong type, without what is required, with a field that there is not', () => {
    const set = of('StatefulSet');
    set.spec.replicas = 'three';
    assert.match(problems(set).join(), /replicas/);
    const service = of('Service');
    service.spec.ports[0] = { name: 'http' };
    assert.match(problems(service).join(), /port/);
    const probe = of('StatefulSet');
    probe.spec.template.spec.containers[0].livenesProbe = {};
    assert.deepEqual(problems(probe), ['/spec/template/spec/containers/0/livenesProbe']);
    assert.deepEqual(problems({ apiVersion: 'apps/v1', kind: 'Service' }), ['no kind apps/v1 Service']);
  });

  it('fit each other: labels, names, ports', () => {
    const { labels } = of('StatefulSet').spec.template.metadata;
    assert.deepEqual(of('Service').spec.selector, labels);
    assert.deepEqual(of('NetworkPolicy').spec.podSelector.matchLabels, labels);
    assert.deepEqual(of('PodDisruptionBudget').spec.selector.matchLabels, labels);
    const pod = of('StatefulSet').spec.template.spec;
    assert.equal(pod.containers[0].envFrom[0].secretRef.name, of('Secret').metadata.name);
    assert.equal(pod.volumes[1].configMap.name, of('ConfigMap').metadata.name);
    assert.equal(of('HorizontalPodAutoscaler').spec.scaleTargetRef.name, of('StatefulSet').metadata.name);
  });

  it('run as nobody in particular on a root that cannot be written to', () => {
    const pod = of('StatefulSet').spec.template.spec;
    assert.equal(pod.securityContext.runAsNonRoot, true);
    for (const container of [...pod.initContainers, ...pod.containers]) {
      assert.equal(container.securityContext.readOnlyRootFilesystem, true, container.name);
      assert.equal(container.securityContext.allowPrivilegeEscalation, false, container.name);
    }
  });

  it('have a configuration that the program takes, and time for its drain', async () => {
    const file = tempFile('wrapup.toml', of('ConfigMap').data['wrapup.toml']);
    const { code, stdout: printed, text } = await run(['config', 'print', '--config', file]);
    assert.equal(code, 0, text);
    assert.match(printed, /drain = "15s"/);
    const pod = of('StatefulSet').spec.template.spec;
    assert.ok(pod.terminationGracePeriodSeconds > 5 + 15 + 10);
    assert.ok(printed.includes(`listen = "0.0.0.0:${pod.containers[0].ports[0].containerPort}"`));
  });
});
