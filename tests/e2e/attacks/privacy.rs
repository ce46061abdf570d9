//! Privacy: the memory of a program with a token, and connections without a login.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use mesheryctl_tests::*;

use crate::attacks::token_leaks::{canary_cloud, file};
use crate::plugins::lifecycle::install_trusted;

const TOKEN: &str = "T0123456789abcdef";

#[test]
fn a_login_leaves_no_core_dump_and_its_proc_files_belong_to_root() {
    // Not SEGV: the Rust runtime ignores the first one that another process sends.
    for signal in [Signal::QUIT, Signal::ABORT] {
        let (home, cloud) = (Home::new(), canary_cloud());
        let browser = Browser::waiting(&home);
        let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]).as_nobody();
        let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
        let running = login.behind(["/usr/bin/prlimit", "--core=unlimited"]).spawn();
        let _ = browser.opened();
        if rustix::process::geteuid().is_root() {
            // The kernel makes root the owner of the /proc files of a process that is not dumpable.
            let environ = fs::metadata(format!("/proc/{}/environ", running.pid())).unwrap();
            assert_eq!(environ.uid(), 0);
        }
        running.kill(signal);
        let output = running.wait();
        assert_eq!(output.signal, Some(signal.as_raw()), "{output}");
        assert_eq!(home.snapshot().paths(), [".meshery"]);
    }
}

#[test]
fn a_program_without_readable_memory_still_starts_workers() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let login = home.mesheryctl().args(["system", "login", "-p", "mock"]).as_nobody();
    let _ = login.run().exited(0);
    assert!(home.auth_text().contains("mock-token"));
}

#[test]
fn without_a_login_only_the_contexts_server_is_contacted() {
    if !Trace::is_available() {
        return;
    }
    let home = Home::new();
    let library = install_trusted(&home, "mock-provider", "mock");
    let library = library.to_str().unwrap();
    // For a token that the server rejects, a login would contact the provider.
    let server =
        MesheryServer::start().accepts(TOKEN).provider("Layer5", "https://cloud.layer5.io");
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth(file(TOKEN));
    fs::write(home.path().join("input"), file(TOKEN)).unwrap();
    let (address, port) =
        server.endpoint().rsplit_once(':').map(|(a, p)| (a.to_owned(), p.to_owned())).unwrap();
    let address = address.trim_start_matches("http://").to_owned();
    let commands: [&[&str]; 17] = [
        &[],
        &["--help"],
        &["version"],
        &["completion", "bash"],
        &["system", "check"],
        &["system", "provider", "list"],
        &["plugin", "list"],
        &["plugin", "inspect", library],
        &["plugin", "untrust", "mock"],
        &["plugin", "trust", "mock"],
        &["system", "login"],
        &["system", "login", "-p", "nobody"],
        &["system", "login", "--token-file", "input"],
        &["system", "login", "--token-file", "input", "--no-verify"],
        &["system", "login", "-p", "None"],
        &["system", "logout"],
        &["system", "login", "-p", "mock"],
    ];
    let mut connected = 0;
    for args in commands {
        let run = home.mesheryctl().args(args);
        let calls = "trace=connect,sendto,sendmsg,bind";
        let output = Trace::of(run, &["-e", calls]).run();
        assert_eq!(output.signal, None, "{args:?}: {output}");
        for call in Trace::read(&home).calls.iter().filter(|it| it.args.contains("sa_family")) {
            // The kernel is asked whose the server's port is.
            if call.args.contains("AF_NETLINK, nl_pid=0,") {
                continue;
            }
            let served = call.args.contains(&format!("htons({port})"))
                && call.args.contains(&format!("inet_addr(\"{address}\")"));
            assert!(call.name == "connect" && served, "{args:?}: {call:?}");
            connected += 1;
        }
    }
    assert!(connected > 0, "the server is asked by some");
}
