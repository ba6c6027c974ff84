use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::csv;

/// A customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Customer {
    pub customer_id: Uuid,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub external_id: Option<String>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// E-mail and phone are masked for this role.
    pub masked: bool,
}

impl Customer {
    /// Hides most of what is personal.
    #[must_use]
    pub fn mask(mut self) -> Self {
        self.email = self.email.map(|email| mask_email(&email));
        self.phone = self.phone.map(|phone| mask_phone(&phone));
        self.masked = true;
        self
    }
}

fn mask_email(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    if domain.is_empty() {
        format!("{first}•••")
    } else {
        format!("{first}•••@{domain}")
    }
}

fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let shown = if digits.len() > 4 { 2 } else { 0 };
    let last: String = digits[digits.len() - shown..].iter().collect();
    format!("•••{last}")
}

impl csv::Row for Customer {
    const HEAD: &'static [&'static str] = &["customer_id", "name", "email", "phone", "external_id"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.customer_id.to_string(),
            self.name.clone(),
            self.email.clone().unwrap_or_default(),
            self.phone.clone().unwrap_or_default(),
            self.external_id.clone().unwrap_or_default(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_leaves_enough_to_ask_for() {
        for (clear, masked) in [
            ("dana@example.com", "d•••@example.com"),
            ("x", "x•••"),
            ("", "•••"),
        ] {
            assert_eq!(mask_email(clear), masked);
        }
        for (clear, masked) in [("+49 30 123456", "•••56"), ("110", "•••"), ("", "•••")]
        {
            assert_eq!(mask_phone(clear), masked);
        }
    }
}
