//! The methods of a session whose calls are made and answered as JSON, as those of a plugin are.

macro_rules! forward_to_exchange {
    ($session:ty) => {
        impl Session for $session {
            fn tell(&mut self, text: &str) -> Result<(), Failure> {
                self.remote().tell(text)
            }
            fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
                self.remote().ask(prompt)
            }
            fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
                self.remote().ask_secret(prompt)
            }
            fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
                self.remote().choose(prompt, items)
            }
            fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
                self.remote().callback(kind)
            }
            fn visit(&mut self, url: &str) -> Result<Query, Failure> {
                self.remote().visit(url)
            }
            fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
                self.remote().fetch(request)
            }
            fn show_code(&mut self, url: &str, code: &str, seconds: u64) -> Result<(), Failure> {
                self.remote().show_code(url, code, seconds)
            }
            fn now(&mut self) -> Result<u64, Failure> {
                self.remote().now()
            }
            fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
                self.remote().sleep(milliseconds)
            }
            fn random(&mut self, bytes: u32) -> Result<String, Failure> {
                self.remote().random(bytes)
            }
            fn cancelled(&mut self) -> Result<bool, Failure> {
                self.remote().cancelled()
            }
        }
    };
}

pub(super) use forward_to_exchange;
