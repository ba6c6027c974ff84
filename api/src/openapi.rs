//! `/openapi.json`: what the handlers say, and what is the same for all of them: problems,
//! headers, keys.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required,
};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kinds;
use crate::http::problem;
use crate::routes::registry;
use crate::server::routes;
use crate::view::reply::New;

/// The document as it is served and committed.
pub fn json() -> String {
    document().to_pretty_json().unwrap_or_default() + "\n"
}

/// The document.
pub fn document() -> OpenApi {
    let mut api = routes().to_openapi();
    api.info = InfoBuilder::new()
        .title("earshot")
        .version("1")
        .description(Some(
            "The desk's API: lists and figures over the items that people wrote to a company on X, \
             and the commands of the people who answer. Times are RFC 3339 in UTC, ids are texts.",
        ))
        .build();
    let mut components = ComponentsBuilder::from(api.components.take().unwrap_or_default())
        .security_scheme("key", scheme(HttpAuthScheme::Bearer))
        .security_scheme("basic", scheme(HttpAuthScheme::Basic))
        .security_scheme("session", cookie())
        .schema(problem::Body::name(), problem::Body::schema())
        .schema(problem::FieldError::name(), problem::FieldError::schema())
        .schema(New::name(), New::schema())
        .schema(
            registry::RegistryError::name(),
            registry::RegistryError::schema(),
        );
    for kind in [false, true] {
        components = components.response(problem_name(kind), problem_response(kind));
    }
    api.components = Some(components.build());
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            complete(path, &method, operation);
        }
    }
    api
}

fn scheme(of: HttpAuthScheme) -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(of).build())
}

fn cookie() -> SecurityScheme {
    let description =
        "Set by POST /api/v1/session; writes say `csrf` of the session in X-CSRF-Token.";
    let value = ApiKeyValue::with_description("earshot_session", description);
    SecurityScheme::ApiKey(ApiKey::Cookie(value))
}

/// Paths of what is not a command: it takes no Idempotency-Key.
const NO_COMMANDS: &[&str] = &[
    "/api/v1/session",
    "/api/v1/session/welcome",
    "/api/v1/me",
    "/api/v1/threads/{id}/presence",
    "/api/v1/drafts/{target}",
];

fn operations(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
        .collect()
}

/// Adds to an operation what every one of its sort has.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let registry = path.starts_with("/registry");
    let signs_in = *method == HttpMethod::Post && path.starts_with("/api/v1/session");
    let open = signs_in || path.starts_with("/problems");
    let tag = operation
        .tags
        .iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default();
    let name = operation.operation_id.take().unwrap_or_default();
    operation.operation_id = Some(format!("{tag}.{}.{name}", path_words(path)));
    for status in kinds::ALL
        .iter()
        .map(|kind| kind.status.as_str().to_owned())
    {
        let answer = RefOr::Ref(Ref::from_response_name(problem_name(registry)));
        operation
            .responses
            .responses
            .entry(status)
            .or_insert(answer);
    }
    if !open {
        let other = if registry { "basic" } else { "session" };
        let schemes = ["key", other].map(|name| SecurityRequirement::new(name, [""; 0]));
        operation.security = Some(schemes.to_vec());
    }
    let read = *method == HttpMethod::Get;
    let mut parameters = operation.parameters.take().unwrap_or_default();
    if read && !open && !registry {
        parameters.push(header("Earshot-Min-Seq", Required::False, whole()).into());
        allow_csv(path, operation);
    }
    if !read && !NO_COMMANDS.contains(&path) {
        parameters.push(header("Idempotency-Key", Required::True, uuid()).into());
    }
    if !read && !open {
        parameters.push(header("X-CSRF-Token", Required::False, text()).into());
    }
    operation.parameters = Some(parameters);
    for (status, answer) in &mut operation.responses.responses {
        if status.starts_with('2')
            && let RefOr::T(answer) = answer
        {
            answer_headers(answer, read);
        }
    }
}

fn path_words(path: &str) -> String {
    let words = path.trim_start_matches("/api/v1").split('/');
    let words = words.filter(|word| !word.is_empty() && !word.starts_with('{'));
    words.collect::<Vec<_>>().join("-")
}

fn whole() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Integer))
        .format(Some(SchemaFormat::Custom("int64".to_owned())))
        .minimum(Some(0))
}

fn uuid() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn header(
    name: &str,
    required: Required,
    schema: ObjectBuilder,
) -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .schema(Some(schema.build()))
        .build()
}

fn answer_headers(answer: &mut Response, read: bool) {
    let names: &[&str] = if read {
        &["Earshot-As-Of", "Earshot-Behind"]
    } else {
        &["Earshot-Seq", "Idempotent-Replayed"]
    };
    for name in names {
        let header = HeaderBuilder::new().schema(Some(text().build())).build();
        answer.headers.insert((*name).to_owned(), header.into());
    }
}

/// Lists that are also given as a table.
const TABLES: &[&str] = &[
    "/api/v1/threads",
    "/api/v1/customers",
    "/api/v1/cases",
    "/api/v1/audit",
    "/api/v1/reports/done",
    "/api/v1/reports/volume",
];

fn allow_csv(path: &str, operation: &mut Operation) {
    if TABLES.contains(&path)
        && let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200")
    {
        let table = ContentBuilder::new().schema(Some(text().build())).build();
        answer
            .content
            .insert("text/csv; charset=utf-8".to_owned(), table.into());
    }
}

fn problem_name(registry: bool) -> &'static str {
    if registry {
        "RegistryProblem"
    } else {
        "Problem"
    }
}

fn problem_response(registry: bool) -> Response {
    let (media_type, schema) = if registry {
        (registry::MEDIA_TYPE, registry::RegistryError::name())
    } else {
        ("application/problem+json", problem::Body::name())
    };
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(schema)))
        .build();
    ResponseBuilder::new()
        .description("A problem: its kind is a page under /problems")
        .content(media_type, content)
        .build()
}
