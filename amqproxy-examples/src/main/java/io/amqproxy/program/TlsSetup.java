package io.amqproxy.program;

import io.amqproxy.AmqProxy;
import io.amqproxy.ClientTls;
import io.amqproxy.TlsSettings;
import io.amqproxy.UpstreamTls;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the options about TLS set; null for what was not given. */
final class TlsSetup {

    /** Whether clients have to show a certificate. */
    enum ClientAuth {
        NONE,
        REQUEST,
        REQUIRE
    }

    @Nullable
    Address listen;

    @Nullable
    Path certificate;

    @Nullable
    Path key;

    @Nullable
    String keyPassword;

    ClientAuth clientAuth = ClientAuth.NONE;

    @Nullable
    Path clientAuthorities;

    @Nullable
    String clientAuthoritiesPassword;

    @Nullable
    Path upstreamAuthorities;

    @Nullable
    String upstreamAuthoritiesPassword;

    @Nullable
    Path upstreamCertificate;

    @Nullable
    Path upstreamKey;

    @Nullable
    String upstreamKeyPassword;

    boolean upstreamInsecure;

    /** @throws IllegalStateException if something is missing, or would be without effect */
    void applyTo(AmqProxy.Builder proxy, InheritedSocket inherited, boolean isForRoutes) {
        Address address = listen;
        if (inherited != InheritedSocket.NONE && address != null) {
            throw new IllegalStateException("tls-listen has no place beside an inherited-socket");
        }
        if (inherited == InheritedSocket.TLS) {
            need("an inherited-socket = tls", inherited, "tls-certificate", certificate);
        } else if (address != null) {
            proxy.listenTls(address.host(), address.port(), this::mainClients);
        } else if (isForRoutes) {
            need("a tls_listen of a route", true, "tls-certificate", certificate);
        } else if (certificate != null
                || key != null
                || keyPassword != null
                || clientAuthorities != null
                || clientAuth != ClientAuth.NONE) {
            throw new IllegalStateException("there are settings for clients with TLS, but no tls-listen");
        }
        need("a tls-client-ca-password", clientAuthoritiesPassword, "tls-client-ca", clientAuthorities);
        applyTo(proxy::upstreamTls);
    }

    /**
     * Says how TLS is done with a broker, where there is anything to say.
     *
     * @throws IllegalStateException if something is missing
     */
    void applyTo(Consumer<Consumer<UpstreamTls>> upstream) {
        need("an upstream-key", upstreamKey, "upstream-certificate", upstreamCertificate);
        need("an upstream-key-password", upstreamKeyPassword, "upstream-certificate", upstreamCertificate);
        need("an upstream-ca-password", upstreamAuthoritiesPassword, "upstream-ca", upstreamAuthorities);
        if (upstreamAuthorities != null || upstreamCertificate != null || upstreamInsecure) {
            upstream.accept(this::broker);
        }
    }

    private static void need(String name, @Nullable Object value, String neededName, @Nullable Object needed) {
        if (value != null && needed == null) {
            throw new IllegalStateException("there is " + name + ", but no " + neededName);
        }
    }

    /** Of those that come to {@code tls-listen}. */
    void mainClients(ClientTls tls) {
        clients(tls);
        tls.name("tls");
    }

    void clients(ClientTls tls) {
        if (certificate == null) {
            throw new IllegalStateException("tls-listen needs a tls-certificate");
        }
        if ((clientAuth == ClientAuth.NONE) != (clientAuthorities == null)) {
            throw new IllegalStateException("tls-client-auth and tls-client-ca need each other");
        }
        show(tls, certificate, key, keyPassword);
        if (clientAuthorities != null) {
            trust(tls, clientAuthorities, clientAuthoritiesPassword);
        }
        switch (clientAuth) {
            case NONE -> {}
            case REQUEST -> tls.requestClientCertificate();
            case REQUIRE -> tls.requireClientCertificate();
        }
    }

    private void broker(UpstreamTls tls) {
        if (upstreamCertificate != null) {
            show(tls, upstreamCertificate, upstreamKey, upstreamKeyPassword);
        }
        if (upstreamInsecure) {
            tls.withoutVerification();
        } else if (upstreamAuthorities != null) {
            trust(tls, upstreamAuthorities, upstreamAuthoritiesPassword);
        }
    }

    private static void show(TlsSettings<?> tls, Path chain, @Nullable Path key, @Nullable String password) {
        if (isStore(chain)) {
            if (key != null) {
                throw new IllegalStateException(chain + " is a key store, which has its key itself");
            }
            tls.keyStore(chain, characters(password));
        } else if (password == null) {
            tls.certificate(chain, key == null ? chain : key);
        } else {
            tls.certificate(chain, key == null ? chain : key, characters(password));
        }
    }

    private static void trust(TlsSettings<?> tls, Path authorities, @Nullable String password) {
        if (isStore(authorities)) {
            tls.trustStore(authorities, characters(password));
        } else {
            tls.trust(authorities);
        }
    }

    private static boolean isStore(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".p12") || name.endsWith(".pfx");
    }

    private static char[] characters(@Nullable String password) {
        return password == null ? new char[0] : password.toCharArray();
    }
}
