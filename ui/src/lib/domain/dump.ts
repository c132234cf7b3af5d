/** The command that takes a cluster's objects for an import; the README and the importer's errors name the same. */
export const HOW_TO_DUMP =
  'kubectl get nodes,namespaces,pods,deployments,statefulsets,daemonsets,replicasets,jobs,services,ingresses,configmaps,hpa,pdb,pv,pvc,storageclasses,csinodes,priorityclasses -A -o yaml > cluster.yaml';
