//! The faults of the plugin. The harness writes one into a copy of the library.

/// The mark before the fault in the bytes of the library. After it follow a name, a space, an argument, spaces.
pub const MARK: &str = "the fault of this plugin is ";

/// The length of mark, name, argument and spaces in bytes.
pub const LENGTH: usize = 512;

macro_rules! plugin_faults {
    ($($name:ident $title:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PluginFault { $($name),* }

        impl PluginFault {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The first cell of its row in docs/faults.md.
            #[allow(dead_code, reason = "only the tests use it")]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

plugin_faults! {
    Panic "panics"
    PanicWithoutWords "panics with something that is no text"
    Abort "aborts"
    Segfault "writes to address zero"
    StackOverflow "recurses without end"
    ExitZero "exits with 0"
    ExitFortyTwo "exits with 42"
    StopsItself "stops itself with SIGSTOP"
    EndlessLoop "computes without end"
    Sleep "waits without end"
    Silence "says nothing for longer than 30 seconds"
    ThreadStorm "starts 500 threads and waits"
    GarbageOnStandardOutput "writes frames and escapes to its standard output, then gives up"
    GarbageOnStandardError "writes escapes to its standard error, then exits with 3"
    FloodOnStandardError "writes 16 MiB to its standard error, then gives up"
    EndlessStandardError "writes to its standard error without end"
    GarbageOnTheWire "writes garbage to the wire"
    HalfAFrame "writes half a frame and exits"
    HalfAFrameAndSilence "writes half a frame and waits"
    HugeFrame "writes a frame that does not end"
    DrippingFrame "writes a frame that does not end, byte by byte"
    WrongNumber "writes an ask with another number"
    RepeatedNumber "writes the same ask twice"
    ForgedAnswer "writes what only the host may say"
    WrongAnswerType "ends with a number in place of a sign-in"
    NoJson "ends with something that is no JSON"
    DeepAnswer "ends with brackets in 100,000 brackets"
    AnswersAfterTheEnd "gives up on the wire, then signs in on it"
    AsksWithoutEnd "asks for the time without end"
    AsksAhead "asks for the time without end, ahead of the answers"
    LargeAsksAhead "asks at great length without end, ahead of the answers"
    TellsWithoutEnd "tells without end"
    UnknownAsk "sends an unknown ask"
    DeepAsk "asks with brackets in 100,000 brackets"
    NoAsk "asks something that is no JSON"
    ClosesTheWire "closes the wire and waits"
    Asks "asks what its setting says"
    FakesSuccess "gives up with words like those of this program"
    AnotherManifest "says another manifest than its file"
    ConstructorExits "exits while it is loaded"
    ConstructorAborts "aborts while it is loaded"
    ConstructorHangs "hangs while it is loaded"
    ConstructorForgesReady "says that it is ready before it is loaded"
    ConstructorReads "reads auth.json while it is loaded"
    Reads "reads auth.json"
    Writes "writes to auth.json"
    Removes "removes auth.json"
    ChangesMode "makes auth.json readable and writable by everyone"
    Looks "looks whether auth.json is there"
    ReplacesItself "writes to its own file"
    ReadsEnvironmentOfParent "reads the environment of its parent"
    Tcp "connects by TCP"
    Udp "sends by UDP"
    UnixSocket "connects to a Unix socket, such as that of D-Bus or an SSH agent"
    NewProcess "starts a program"
    Daemon "forks, and the child leaves its session"
    SignalsParent "signals its parent"
    TracesParent "traces its parent"
    RaisesLimits "raises its limit of open files"
    ChangesTerminal "opens the terminal"
    AllocatesWithoutEnd "allocates 2 GiB"
}

impl PluginFault {
    /// Whether only the sandbox prevents it: without a sandbox it succeeds and reports that.
    #[allow(dead_code, reason = "only the tests use it")]
    pub fn needs_sandbox(self) -> bool {
        self as usize >= Self::ConstructorReads as usize
    }
}
