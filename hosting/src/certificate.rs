//! A certificate that this computer makes for itself.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use xtask::{Result, addresses};

pub struct Certificate {
    chain: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Certificate {
    /// For this address alone. The key is in no file and ends with the program.
    pub fn of(address: IpAddr) -> Result<Self> {
        let failed = |e: rcgen::Error| format!("could not make a certificate: {e}");
        let key = KeyPair::generate().map_err(failed)?;
        let params = CertificateParams::new([address.to_string()]).map_err(failed)?;
        let chain = params.self_signed(&key).map_err(failed)?;
        Ok(Self {
            chain: chain.der().clone(),
            key: key.serialize_der().into(),
        })
    }

    /// SHA-256 as browsers show it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let digits = addresses::hex(&self.chain).to_uppercase();
        let pairs: Vec<&str> = (0..digits.len())
            .step_by(2)
            .map(|at| &digits[at..at + 2])
            .collect();
        pairs.join(":")
    }

    pub fn acceptor(&self) -> Result<TlsAcceptor> {
        let key = PrivateKeyDer::from(self.key.clone_key());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.chain.clone()], key)
            .map_err(|e| format!("could not use the certificate: {e}"))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// For a client that trusts it.
    pub fn public(&self) -> CertificateDer<'static> {
        self.chain.clone()
    }
}
