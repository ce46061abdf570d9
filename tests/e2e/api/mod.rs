//! The token at work: requests to the Meshery Server, and the token for other programs.

mod token_view;
