//! The import itself: files to documents, documents to objects, objects to a world with what can be inferred about it.

use std::collections::{BTreeMap, BTreeSet};

use drydock_model::{
    Assumption, Call, ClusterObject, Definition, ImportReport, Inference, Inventory, ObjectKey,
    Provenance, RequestClass, ServiceId, Skipped, Taken, World,
};

use crate::archive::{self, Limits};
use crate::calls::{self, Calls};
use crate::directory::Directory;
use crate::files::FileKind;
use crate::need::{self, RequestSums};
use crate::objects::Collected;
use crate::redact::Redactor;
use crate::{ImportError, InputFile, document, entries, world_file};

/// What an import makes.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The world; its definition holds the report too.
    pub world: World,
    /// What was taken, skipped, dropped, inferred and assumed.
    pub report: ImportReport,
    /// A name for the world: what the world file calls it, or the folder, or the file.
    pub suggested_name: String,
    /// True where there are workloads and no nodes: a pool is to be proposed.
    pub needs_nodes: bool,
    /// What the pods ask for together, for that proposal.
    pub requests: RequestSums,
}

/// Bytes that the files of an import may have together, unpacked, where nobody says: some 50,000 pods as YAML.
pub const DEFAULT_LIMIT_BYTES: u64 = 512 << 20;

/// Makes a world of files that have no more than [`DEFAULT_LIMIT_BYTES`] together.
///
/// # Errors
/// As [`import_within`].
pub fn import(files: Vec<InputFile>) -> Result<Imported, ImportError> {
    import_within(files, DEFAULT_LIMIT_BYTES)
}

/// Makes a world of files that have no more than a number of bytes together, unpacked. Pure: the same files give the same
/// world.
///
/// # Errors
/// [`ImportError::Nothing`] where no file holds an object, [`ImportError::TooLarge`] above the limit, [`ImportError::Damaged`]
/// where an archive is cut off, [`ImportError::WorldFile`] where a world file says what cannot be. All else is in the
/// report.
pub fn import_within(files: Vec<InputFile>, limit_bytes: u64) -> Result<Imported, ImportError> {
    let names: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    let mut collected = Collected::default();
    let mut files = archive::unpack(files, Limits::of_bytes(limit_bytes), &mut collected.skipped)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let read = read_files(files, &mut collected);
    if collected.objects.is_empty() {
        return Err(nothing(&names, &collected.skipped));
    }

    let mut report = ImportReport {
        files: read,
        skipped: collected.skipped,
        ..ImportReport::default()
    };
    let objects: Vec<ClusterObject> = collected
        .objects
        .into_values()
        .map(|(_, json)| ClusterObject::new(json, Provenance::Measured))
        .collect();
    let mut world = World {
        objects,
        definition: Definition::default(),
    };
    // Addresses are read before values are dropped: a database's URL holds its password too.
    let inventory = Inventory::of(&world);
    infer(&mut world, &inventory, &mut report);
    let mut redactor = Redactor::default();
    for object in &mut world.objects {
        let key = object.key().to_string();
        let mut json = std::sync::Arc::unwrap_or_clone(std::mem::take(&mut object.json));
        redactor.redact(&key, &mut json, &mut report.dropped);
        object.json = json.into();
    }
    report.skipped.extend(unread(&world, &inventory));
    report.taken = taken(&world.objects);
    let world_name = world_file::merge(&collected.worlds, &inventory, &mut world.definition)?;
    if world.definition.classes.is_empty() && inventory.serving().next().is_some() {
        report.assumed.push(Assumption {
            what: "no requests arrive from outside".to_owned(),
            why: "no way in was found: no Ingress, Gateway route, LoadBalancer or NodePort Service, load generator, or service that \
                  calls others and that nothing calls"
                .to_owned(),
            figures: BTreeMap::new(),
        });
    }
    world.definition.report = Some(report.clone());
    Ok(Imported {
        suggested_name: world_name.unwrap_or_else(|| suggest(&names)),
        needs_nodes: inventory.nodes.is_empty() && !inventory.workloads.is_empty(),
        requests: need::sums(&inventory),
        world,
        report,
    })
}

/// What does not read, in order. It is read again, so that no reason quotes what was dropped since.
fn unread(world: &World, inventory: &Inventory) -> Vec<Skipped> {
    let keys: BTreeSet<&ObjectKey> = inventory.unread.iter().map(|unread| &unread.key).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    let again = Inventory::of(&World {
        objects: world
            .objects
            .iter()
            .filter(|object| keys.contains(&object.key()))
            .cloned()
            .collect(),
        definition: Definition::default(),
    });
    let skipped = again.unread.into_iter().map(|unread| Skipped {
        place: unread.key.to_string(),
        kind: Some(unread.key.kind),
        reason: format!("kept, but not read: {}", unread.reason),
    });
    skipped.collect()
}

/// Paths of the files that held something, in order.
fn read_files(files: Vec<InputFile>, collected: &mut Collected) -> Vec<String> {
    let mut read = Vec::new();
    for file in files {
        let kind = FileKind::of(&file.path);
        if let Some(reason) = kind.refusal() {
            collected.skip(&file.path, None, reason);
            continue;
        }
        for (place, document) in document::read(&file.path, kind, &file.bytes) {
            match document {
                Ok(document) => collected.take(&place, document),
                Err(reason) => collected.skip(&place, None, &reason),
            }
        }
        read.push(file.path);
    }
    read
}

fn infer(world: &mut World, inventory: &Inventory, report: &mut ImportReport) {
    let directory = Directory::of(&world.objects, inventory);
    let mut found = calls::infer(&world.objects, inventory, &directory);
    report.unresolved = found.unresolved.into_iter().collect();

    let generators = entries::generators(inventory, &directory, &found.calls);
    let mut generated: BTreeMap<ServiceId, ServiceId> = BTreeMap::new();
    for ((from, to), source) in &found.calls {
        if generators.contains(from) {
            generated.insert(to.clone(), from.clone());
            report.inferred.push(Inference {
                what: format!(
                    "{from} is a load generator: its call of {to} stands for requests from outside"
                ),
                from: source.clone(),
            });
        }
    }
    found
        .calls
        .retain(|(from, _), _| !generators.contains(from));

    let classes = entries::classes(&world.objects, &directory, &found.calls, &generated);
    let first: Vec<ServiceId> = classes.iter().map(|class| class.entry.clone()).collect();
    let sources: Calls = found.calls.clone();
    for call in calls::break_circles(&mut found.calls, &first) {
        report.inferred.push(Inference {
            what: format!(
                "{} holds the address of {}, which is no call: it would close a circle",
                call.0, call.1
            ),
            from: sources[&call].clone(),
        });
    }
    for service in directory
        .services()
        .filter(|service| service.workloads.len() > 1)
    {
        let others: Vec<_> = service.workloads[1..]
            .iter()
            .map(ServiceId::as_str)
            .collect();
        report.inferred.push(Inference {
            what: format!(
                "requests to Service {} go to {}, which has the most replicas",
                service.id, service.workloads[0]
            ),
            from: format!("its selector finds {} too", others.join(", ")),
        });
    }
    world.definition.calls = found
        .calls
        .into_iter()
        .map(|((from, to), source)| Call {
            from,
            to,
            provenance: Provenance::Inferred,
            source,
        })
        .collect();
    for Call {
        from, to, source, ..
    } in &world.definition.calls
    {
        report.inferred.push(Inference {
            what: format!("{from} calls {to}"),
            from: source.clone(),
        });
    }
    for RequestClass { entry, source, .. } in &classes {
        report.inferred.push(Inference {
            what: format!("requests come in at {entry}"),
            from: source.clone(),
        });
    }
    world.definition.classes = classes;
}

fn taken(objects: &[ClusterObject]) -> Vec<Taken> {
    let mut counts: BTreeMap<String, (u32, bool)> = BTreeMap::new();
    for object in objects {
        let version = object
            .json
            .get("apiVersion")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("");
        counts
            .entry(format!("{version} {}", object.kind()))
            .or_insert((0, is_understood(object)))
            .0 += 1;
    }
    counts
        .into_iter()
        .map(|(kind, (count, understood))| Taken {
            kind,
            count,
            understood,
        })
        .collect()
}

/// Whether anything reads objects of this kind, be it an engine or the inference of calls and entries.
fn is_understood(object: &ClusterObject) -> bool {
    match (object.group(), object.kind()) {
        (
            "",
            "Node"
            | "Pod"
            | "Service"
            | "ConfigMap"
            | "Namespace"
            | "ReplicationController"
            | "PersistentVolume"
            | "PersistentVolumeClaim",
        )
        | ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet")
        | ("apps", "StatefulSet")
        | ("batch", "Job")
        | ("policy", "PodDisruptionBudget")
        | ("storage.k8s.io", "StorageClass" | "CSINode")
        | ("scheduling.k8s.io", "PriorityClass")
        | ("kubescheduler.config.k8s.io", "KubeSchedulerConfiguration")
        | ("autoscaling", "HorizontalPodAutoscaler")
        | ("networking.k8s.io" | "extensions", "Ingress")
        | ("networking.istio.io", "VirtualService")
        | ("route.openshift.io", "Route")
        | ("traefik.io" | "traefik.containo.us", "IngressRoute") => true,
        ("gateway.networking.k8s.io", kind) => kind.ends_with("Route"),
        _ => false,
    }
}

fn nothing(names: &[String], skipped: &[Skipped]) -> ImportError {
    let what = match names {
        [] => {
            return ImportError::Nothing {
                found: "no file at all".to_owned(),
            };
        }
        [one] => one.clone(),
        many => format!("{} files", many.len()),
    };
    let found = match skipped.first() {
        Some(first) => format!("{what} ({}: {})", first.place, first.reason),
        None => format!("{what} (no object in them)"),
    };
    ImportError::Nothing { found }
}

/// The folder or archive that everything came from, or the only file's name without its ending.
fn suggest(names: &[String]) -> String {
    let top = |name: &String| name.split('/').next().unwrap_or("").to_owned();
    let first = names.first().map(top).unwrap_or_default();
    let common = if names.iter().all(|name| top(name) == first) {
        first
    } else {
        String::new()
    };
    let endings = [".yaml", ".yml", ".json", ".zip", ".tar.gz", ".tgz", ".tar"];
    let stem = endings
        .iter()
        .find_map(|ending| common.strip_suffix(ending))
        .unwrap_or(&common);
    if stem.is_empty() {
        "imported".to_owned()
    } else {
        stem.to_owned()
    }
}
