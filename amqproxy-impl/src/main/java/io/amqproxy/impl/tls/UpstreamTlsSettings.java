package io.amqproxy.impl.tls;

import io.amqproxy.UpstreamTls;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects how TLS is done with the broker. */
public final class UpstreamTlsSettings extends AbstractTlsSettings<UpstreamTls> implements UpstreamTls {

    private static final Logger log = LoggerFactory.getLogger(UpstreamTlsSettings.class);

    private @Nullable String serverName;
    private boolean verified = true;

    @Override
    UpstreamTls self() {
        return this;
    }

    @Override
    public UpstreamTls serverName(String name) {
        serverName = Objects.requireNonNull(name, "name");
        return this;
    }

    @Override
    public UpstreamTls withoutVerification() {
        verified = false;
        return trust(TrustSource.EVERYBODY);
    }

    /**
     * Reads the files.
     *
     * @param host of the broker
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if what is in it cannot be used
     */
    public UpstreamEngines engines(String host, int port) throws IOException, GeneralSecurityException {
        String name = serverName == null ? host : serverName;
        SSLParameters parameters = parameters();
        if (verified) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        } else {
            log.warn(
                    "THE CERTIFICATE OF THE BROKER {}:{} IS NOT VERIFIED: whoever is between it and the proxy can read"
                            + " and change everything, passwords included",
                    host,
                    port);
        }
        if (isHostName(name)) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        return new UpstreamEngines(source("the broker " + host + ":" + port, TrustSource.JDK), name, port, parameters);
    }

    /** Addresses must not be sent as a server name (RFC 6066, section 3); names with odd characters cannot be. */
    private static boolean isHostName(String name) {
        if (name.contains(":") || name.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'))) {
            return false;
        }
        try {
            return !new SNIHostName(name).getAsciiName().isEmpty();
        } catch (IllegalArgumentException oddCharacters) {
            return false;
        }
    }
}
