//! The engine's view of [`crate::fold`].

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::fold::{fold, terms};

pub(super) const NAME: &str = "characters";

/// Folded character unigrams and bigrams.
#[derive(Clone)]
pub(super) struct Characters;

pub(super) struct Stream {
    terms: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for Characters {
    type TokenStream<'a> = Stream;

    fn token_stream(&mut self, text: &str) -> Stream {
        Stream {
            terms: terms(&fold(text)).into_iter(),
            token: Token::default(),
        }
    }
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(term) = self.terms.next() else {
            return false;
        };
        self.token.text = term;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
