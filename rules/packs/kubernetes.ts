/** Kubernetes: what the verbs of its API do beyond what they say. The server is whatever host the resource has. */

import type { Pack } from '../src/http/pack.ts';
import { critical, high, medium, samples } from '../src/http/pack-words.ts';

export const KUBERNETES: Pack = {
  name: 'kubernetes',
  title: 'Kubernetes',
  hosts: [],
  dialect: 'kubernetes',
  source: 'the OpenAPI document of kubernetes 1.34',
  date: '2026-11-21',
  operations: [
    critical('k8s delete namespaces', 'deletes the namespace {id} with everything in it'),
    critical('k8s deletecollection namespaces', 'deletes all namespaces with everything in them'),
    critical(
      'k8s delete persistentvolumeclaims',
      'deletes the claim {id} in {namespace}; with the reclaim policy `Delete` its disk is destroyed',
    ),
    critical(
      'k8s deletecollection persistentvolumeclaims',
      'deletes all claims in {namespace}, and their disks',
    ),
    critical('k8s delete persistentvolumes', 'deletes the volume {id}'),
    critical('k8s deletecollection persistentvolumes', 'deletes all volumes'),
    critical('k8s delete statefulsets', 'deletes the stateful set {id} in {namespace}'),
    critical('k8s deletecollection statefulsets', 'deletes all stateful sets in {namespace}'),
    critical(
      'k8s delete customresourcedefinitions',
      'deletes the definition {id} with all resources of that kind in the cluster',
    ),
    critical(
      'k8s deletecollection customresourcedefinitions',
      'deletes all definitions with all their resources',
    ),
    critical('k8s deletecollection secrets', 'deletes all secrets in {namespace}'),
    critical('k8s deletecollection nodes', 'takes all nodes out of the cluster'),
    high('k8s delete secrets', 'deletes the secret {id} in {namespace}'),
    high('k8s delete nodes', 'takes the node {id} out of the cluster'),
    high('k8s delete deployments', 'deletes the deployment {id} in {namespace}'),
    high('k8s delete ingresses', 'deletes the ingress {id} in {namespace}'),
    high('k8s deletecollection pods', 'deletes all pods in {namespace}'),
    medium('k8s delete pods', 'deletes the pod {id} in {namespace}'),
    medium('k8s delete jobs', 'deletes the job {id} in {namespace}'),
    medium('k8s delete cronjobs', 'deletes the scheduled job {id} in {namespace}'),
  ],
  quiet: [
    ...samples('GET /', 'healthz livez readyz version openapi/v3 api apis apis/apps/v1 metrics'),
    ...samples(
      'GET /api/v1/',
      'namespaces namespaces/shop nodes nodes/n1 pods persistentvolumes events',
    ),
    ...samples(
      'GET /api/v1/namespaces/shop/',
      'pods pods/web pods/web/log configmaps services persistentvolumeclaims events endpoints',
    ),
    ...samples(
      'GET /apis/apps/v1/namespaces/shop/',
      'deployments deployments/web statefulsets replicasets daemonsets',
    ),
    ...samples(
      'POST /api/v1/namespaces/shop/',
      'pods configmaps services secrets persistentvolumeclaims',
    ),
    ...samples(
      'PATCH /apis/apps/v1/namespaces/shop/',
      'deployments/web statefulsets/db deployments/web/scale',
    ),
    ...samples('PUT /apis/apps/v1/namespaces/shop/', 'deployments/web deployments/web/status'),
    ...samples(
      'POST /apis/authorization.k8s.io/v1/',
      'selfsubjectaccessreviews selfsubjectrulesreviews',
    ),
    ...samples('POST /apis/batch/v1/namespaces/shop/', 'jobs cronjobs'),
  ],
};
