package io.amqproxy.program;

import static io.amqproxy.program.Kind.file;
import static io.amqproxy.program.Kind.oneOf;
import static io.amqproxy.program.Kind.text;
import static io.amqproxy.program.Kind.time;
import static io.amqproxy.program.Kind.yesOrNo;

import java.util.List;

/** The part of the table that is about TLS. */
final class TlsOptions {

    private static final String TLS = "tls";
    static final String NOT_IN_PUBLIC = "Other users of the machine can see a command line: rather use the file, the"
            + " environment, or a file with nothing else in it that the environment names.";

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "tls-listen",
                            null,
                            Address.kind(),
                            "Address and port to listen on for clients with TLS, in addition.",
                            (s, address) -> s.tls.listen = address)
                    .file(TLS, "listen")
                    .afterRestart(),
            new Option<>(
                            "tls-certificate",
                            null,
                            file(),
                            "PEM file with the proxy's certificate, followed by its issuers', or a PKCS12 key store (.p12,"
                                    + " .pfx) with that and the key. It is read again when it changes, like all of these"
                                    + " files.",
                            (s, path) -> s.tls.certificate = path)
                    .file(TLS, "certificate")
                    .afterRestart(),
            new Option<>(
                            "tls-key",
                            null,
                            file(),
                            "PEM file with the private key of that certificate.",
                            (s, path) -> s.tls.key = path)
                    .file(TLS, "key")
                    .otherwise("as --tls-certificate")
                    .afterRestart(),
            new Option<>(
                            "tls-key-password",
                            null,
                            text("a password"),
                            "Password of that key, where it is encrypted, or of the key store. " + NOT_IN_PUBLIC,
                            (s, password) -> s.tls.keyPassword = password)
                    .file(TLS, "key_password")
                    .afterRestart(),
            new Option<>(
                            "tls-client-auth",
                            "none",
                            oneOf(TlsSetup.ClientAuth.class),
                            "Whether clients are asked for a certificate: none, request, require.",
                            (s, auth) -> s.tls.clientAuth = auth)
                    .file(TLS, "client_auth")
                    .afterRestart(),
            new Option<>(
                            "tls-client-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that clients' certificates may come from.",
                            (s, path) -> s.tls.clientAuthorities = path)
                    .file(TLS, "client_ca")
                    .afterRestart(),
            new Option<>(
                            "tls-client-ca-password",
                            null,
                            text("a password"),
                            "Password of that store. " + NOT_IN_PUBLIC,
                            (s, password) -> s.tls.clientAuthoritiesPassword = password)
                    .file(TLS, "client_ca_password")
                    .afterRestart(),
            new Option<>(
                            "tls-reload",
                            "10",
                            time(),
                            "How often files with certificates and keys are looked at for changes; 0 for never.",
                            (s, interval) -> s.proxy.tlsReload(interval))
                    .file(TLS, "reload"),
            new Option<>(
                            "upstream-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that an amqps:// broker's certificate may come"
                                    + " from.",
                            (s, path) -> s.tls.upstreamAuthorities = path)
                    .file(TLS, "upstream_ca")
                    .otherwise("those of the JDK"),
            new Option<>(
                            "upstream-ca-password",
                            null,
                            text("a password"),
                            "Password of that store. " + NOT_IN_PUBLIC,
                            (s, password) -> s.tls.upstreamAuthoritiesPassword = password)
                    .file(TLS, "upstream_ca_password"),
            new Option<>(
                            "upstream-certificate",
                            null,
                            file(),
                            "PEM file with the certificate to show to the broker, or a PKCS12 key store with that and the key.",
                            (s, path) -> s.tls.upstreamCertificate = path)
                    .file(TLS, "upstream_certificate"),
            new Option<>(
                            "upstream-key",
                            null,
                            file(),
                            "PEM file with the private key of that certificate.",
                            (s, path) -> s.tls.upstreamKey = path)
                    .file(TLS, "upstream_key")
                    .otherwise("as --upstream-certificate"),
            new Option<>(
                            "upstream-key-password",
                            null,
                            text("a password"),
                            "Password of that key, where it is encrypted, or of the key store. " + NOT_IN_PUBLIC,
                            (s, password) -> s.tls.upstreamKeyPassword = password)
                    .file(TLS, "upstream_key_password"),
            new Option<>(
                            "upstream-tls-insecure",
                            "no",
                            yesOrNo(),
                            "Accept any certificate of the broker: whoever is in between can then read and change"
                                    + " everything.",
                            (s, insecure) -> s.tls.upstreamInsecure = insecure)
                    .file(TLS, "upstream_insecure"));

    private TlsOptions() {}
}
