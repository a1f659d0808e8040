package io.amqproxy.program;

import static io.amqproxy.program.OptionType.file;
import static io.amqproxy.program.OptionType.oneOf;
import static io.amqproxy.program.OptionType.text;
import static io.amqproxy.program.OptionType.time;
import static io.amqproxy.program.OptionType.yesOrNo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The part of the table that is about TLS. */
final class TlsOptions {

    private static final String TLS = "tls";
    static final String NOT_IN_PUBLIC = "Other users of the machine can see a command line: rather use the file, the"
            + " environment, or a file with nothing else in it that the environment names.";

    private static final Option.Setter SETTER = TlsOptions::set;

    static final List<Option<?>> ALL = List.of(
            new Option<>(
                            "tls-listen",
                            null,
                            Address.optionType(),
                            "Address and port to listen on for clients with TLS, in addition.",
                            SETTER)
                    .file(TLS, "listen")
                    .afterRestart(),
            new Option<>(
                            "tls-certificate",
                            null,
                            file(),
                            "PEM file with the proxy's certificate, followed by its issuers', or a PKCS12 key store (.p12,"
                                    + " .pfx) with that and the key. It is read again when it changes, like all of these"
                                    + " files.",
                            SETTER)
                    .file(TLS, "certificate")
                    .afterRestart(),
            new Option<>("tls-key", null, file(), "PEM file with the private key of that certificate.", SETTER)
                    .file(TLS, "key")
                    .otherwise("as --tls-certificate")
                    .afterRestart(),
            new Option<>(
                            "tls-key-password",
                            null,
                            text("a password"),
                            "Password of that key, where it is encrypted, or of the key store. " + NOT_IN_PUBLIC,
                            SETTER)
                    .file(TLS, "key_password")
                    .afterRestart(),
            new Option<>(
                            "tls-client-auth",
                            "none",
                            oneOf(TlsSetup.ClientAuth.class),
                            "Whether clients are asked for a certificate: none, request, require.",
                            SETTER)
                    .file(TLS, "client_auth")
                    .afterRestart(),
            new Option<>(
                            "tls-client-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that clients' certificates may come from.",
                            SETTER)
                    .file(TLS, "client_ca")
                    .afterRestart(),
            new Option<>(
                            "tls-client-ca-password",
                            null,
                            text("a password"),
                            "Password of that store. " + NOT_IN_PUBLIC,
                            SETTER)
                    .file(TLS, "client_ca_password")
                    .afterRestart(),
            new Option<>(
                            "tls-reload",
                            "10",
                            time(),
                            "How often files with certificates and keys are looked at for changes; 0 for never.",
                            SETTER)
                    .file(TLS, "reload"),
            new Option<>(
                            "upstream-ca",
                            null,
                            file(),
                            "PEM file or PKCS12 store with the authorities that an amqps:// broker's certificate may come"
                                    + " from.",
                            SETTER)
                    .file(TLS, "upstream_ca")
                    .otherwise("those of the JDK"),
            new Option<>(
                            "upstream-ca-password",
                            null,
                            text("a password"),
                            "Password of that store. " + NOT_IN_PUBLIC,
                            SETTER)
                    .file(TLS, "upstream_ca_password"),
            new Option<>(
                            "upstream-certificate",
                            null,
                            file(),
                            "PEM file with the certificate to show to the broker, or a PKCS12 key store with that and the key.",
                            SETTER)
                    .file(TLS, "upstream_certificate"),
            new Option<>("upstream-key", null, file(), "PEM file with the private key of that certificate.", SETTER)
                    .file(TLS, "upstream_key")
                    .otherwise("as --upstream-certificate"),
            new Option<>(
                            "upstream-key-password",
                            null,
                            text("a password"),
                            "Password of that key, where it is encrypted, or of the key store. " + NOT_IN_PUBLIC,
                            SETTER)
                    .file(TLS, "upstream_key_password"),
            new Option<>(
                            "upstream-tls-insecure",
                            "no",
                            yesOrNo(),
                            "Accept any certificate of the broker: whoever is in between can then read and change"
                                    + " everything.",
                            SETTER)
                    .file(TLS, "upstream_insecure"));

    private TlsOptions() {}

    /** As {@link Option.Setter} says. */
    private static void set(Setup setup, String option, Object value) {
        switch (option) {
            case "tls-listen" -> setup.tls.listen = (Address) value;
            case "tls-certificate" -> setup.tls.certificate = (Path) value;
            case "tls-key" -> setup.tls.key = (Path) value;
            case "tls-key-password" -> setup.tls.keyPassword = (String) value;
            case "tls-client-auth" -> setup.tls.clientAuth = (TlsSetup.ClientAuth) value;
            case "tls-client-ca" -> setup.tls.clientAuthorities = (Path) value;
            case "tls-client-ca-password" -> setup.tls.clientAuthoritiesPassword = (String) value;
            case "tls-reload" -> setup.proxy.tlsReload((Duration) value);
            case "upstream-ca" -> setup.tls.upstreamAuthorities = (Path) value;
            case "upstream-ca-password" -> setup.tls.upstreamAuthoritiesPassword = (String) value;
            case "upstream-certificate" -> setup.tls.upstreamCertificate = (Path) value;
            case "upstream-key" -> setup.tls.upstreamKey = (Path) value;
            case "upstream-key-password" -> setup.tls.upstreamKeyPassword = (String) value;
            case "upstream-tls-insecure" -> setup.tls.upstreamInsecure = (boolean) value;
            default -> throw new IllegalStateException(option);
        }
    }
}
