//! Programs that run what was exported, each as its users have it. `cargo xtask` installs them and says where they are.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    /// The package of npm, under its name in our folder of packages.
    Node(&'static str),
    /// The package of PyPI, or a program of the export's own.
    Python(&'static str),
}

/// What it says of an export's inputs.
#[derive(Debug, Deserialize)]
pub struct Answers {
    pub probabilities: Vec<Vec<f32>>,
    pub strangeness: Option<Vec<f32>>,
}

impl Consumer {
    /// Where it is installed, if `cargo xtask` said so.
    fn program(self) -> Option<(PathBuf, &'static str)> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        match self {
            Self::Node(_) => variable("GRAFT_NPM").map(|_| ("node".into(), "consume.mjs")),
            Self::Python(_) => variable("GRAFT_PYTHON").map(|python| (python, "consume.py")),
        }
    }

    pub fn is_there(self) -> bool {
        self.program().is_some()
    }

    /// Of each unpacked export; `photos` are files for the programs that read such.
    pub fn run(self, exports: &[&Path], photos: &[PathBuf]) -> Vec<Answers> {
        let (program, script) = self.program().expect("it is there");
        let (Self::Node(name) | Self::Python(name)) = self;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports/");
        let mut command = Command::new(program);
        command
            .arg(format!("{folder}{script}"))
            .arg(name)
            .args(exports);
        if let Ok(photos) = std::env::join_paths(photos) {
            command.env("GRAFT_PHOTOS", photos);
        }
        let out = command
            .output()
            .unwrap_or_else(|why| panic!("{self:?}: {why}"));
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{self:?}: {said}");
        let lines = String::from_utf8(out.stdout).expect("it writes JSON");
        let answers: Vec<Answers> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
            .collect();
        assert_eq!(answers.len(), exports.len(), "{self:?}: {said}");
        answers
    }
}
