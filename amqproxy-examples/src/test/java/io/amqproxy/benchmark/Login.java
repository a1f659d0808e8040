package io.amqproxy.benchmark;

/** Who logs in, and where. */
record Login(String user, String password, String vhost) {
    static final Login GUEST = new Login("guest", "guest", "/");

    /** Another user, at a vhost of its own. */
    Login tenant(int number) {
        return new Login(user + "-" + number, password, vhost + "-" + number);
    }
}
